/** Runs graphs on a GPU. */
import type { Executor, Program } from "../graph/executor.js";
import type { Graph } from "../graph/graph.js";
import type { Precision } from "../graph/half.js";
import type { Reading } from "../graph/parameters.js";
import type { Peaks } from "../profile/timings.js";
import type { GpuDevice } from "./device.js";
import { ParameterStore } from "./parameters.js";
import { measurePeaks } from "./peaks.js";
import { GpuProgram } from "./program.js";

export class GpuExecutor implements Executor {
  readonly kind = "webgpu";
  readonly adapter: string;
  readonly #parameters: ParameterStore;

  /**
   * @param device Stays its owner's: several executors may share it.
   * @param read Gives the checkpoint's tensors.
   * @param precision "f16" needs the device's feature shader-f16.
   */
  constructor(
    private readonly device: GpuDevice,
    read: Reading,
    private readonly precision: Precision = "f32",
  ) {
    this.adapter = device.adapter;
    this.#parameters = new ParameterStore(device, read);
  }

  get bytes(): number {
    return this.device.bytes;
  }

  prepare(graph: Graph): Promise<Program> {
    return GpuProgram.create(graph, this.device, this.#parameters, this.precision);
  }

  peaks(): Promise<Peaks> {
    return measurePeaks(this.device);
  }

  dispose(): void {
    this.#parameters.dispose();
  }
}
