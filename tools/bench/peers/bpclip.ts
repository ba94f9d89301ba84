/** This package as an engine, in Node and in pages. */

import type { Program, RunInputs } from "../../../src/graph/executor.js";
import { GraphBuilder } from "../../../src/graph/graph.js";
import type { Capabilities } from "../../../src/kernels/kernel.js";
import { bpclip, features } from "../../../src/model/bpclip.js";
import { picture } from "../../../src/model/picture.js";
import { type GpuDevice, requestDevice } from "../../../src/runtime/device.js";
import { GpuExecutor } from "../../../src/runtime/executor.js";
import { type Checkpoint, openCheckpoint } from "../../../src/weights/checkpoint.js";
import type { Engine } from "./engine.js";
import { type Network, picturesOf } from "./network.js";

export interface BpclipSetup {
  network: Network;
  /** What of the device's capabilities the planners are told otherwise, to choose an algorithm. */
  capabilities: Partial<Capabilities>;
  requestAdapter(): Promise<GPUAdapter>;
  readCheckpoint(): Promise<Uint8Array>;
}

export class BpclipEngine implements Engine {
  #inputs: RunInputs = {};
  #device!: GpuDevice;
  #checkpoint!: Checkpoint;
  #program!: Program;

  constructor(private readonly setup: BpclipSetup) {}

  async prepare(): Promise<void> {
    const pictures = Object.entries(picturesOf(this.setup.network));
    this.#inputs = Object.fromEntries(pictures.map(([name, rgb]) => [name, rgba(rgb)]));
  }

  async load(): Promise<string> {
    const { requestAdapter, readCheckpoint, capabilities } = this.setup;
    const [device, bytes] = await Promise.all([requestAdapter().then(requestDevice), readCheckpoint()]);
    this.#device = device;
    this.#checkpoint = await openCheckpoint(bytes);
    Object.assign(device.capabilities, capabilities);
    return device.adapter;
  }

  async compile(): Promise<void> {
    const executor = new GpuExecutor(this.#device, this.#checkpoint.get.bind(this.#checkpoint));
    this.#program = await executor.prepare(this.#graph());
  }

  async run(): Promise<number[]> {
    const [output] = Object.values(await this.#program.run(this.#inputs));
    return Array.from(output);
  }

  gpuBytes(): number {
    return this.#device.bytes;
  }

  #graph() {
    const { height, width, kind } = this.setup.network;
    const { config } = this.#checkpoint;
    const g = new GraphBuilder();
    const format = { height, width, depth: 8, orientation: 1 } as const;
    const levels = (name: string) =>
      features(g, picture(g, format, [], config, name), config, `${name}.level`);
    const image = levels("image");
    if (kind === "resnet50") {
      return g.build([g.add("adaptiveAvgPool", "features", { x: image[4] }, { height: 1, width: 1 })]);
    }
    const reference = config.mode === "fr" ? levels("reference") : undefined;
    return g.build([bpclip(g, config, image, reference).score]);
  }
}

/** RGB bytes as opaque RGBA words. */
function rgba(rgb: Uint8Array): Uint32Array {
  return Uint32Array.from({ length: rgb.length / 3 }, (_, i) => {
    return (rgb[3 * i] | (rgb[3 * i + 1] << 8) | (rgb[3 * i + 2] << 16) | (255 << 24)) >>> 0;
  });
}
