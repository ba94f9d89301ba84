/** ONNX Runtime as an engine, in Node and in pages. */
import type { Engine } from "./engine.js";
import { type Network, picturesOf } from "./network.js";

/** The part of onnxruntime-node and onnxruntime-web that is used; neither is a dependency of this package. */
export interface OnnxRuntime {
  InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: "float32", data: Float32Array, shape: number[]) => object;
}

interface Session {
  run(inputs: Record<string, object>): Promise<Record<string, { data: Float32Array }>>;
}

export interface OnnxSetup {
  network: Network;
  provider: "webgpu" | "cpu";
  importRuntime(): Promise<OnnxRuntime>;
  /** A path, or the file's bytes. */
  readModel(): Promise<string | Uint8Array>;
}

export class OnnxEngine implements Engine {
  #pictures: [name: string, planes: Float32Array][] = [];
  #runtime!: OnnxRuntime;
  #model!: string | Uint8Array;
  #session!: Session;

  constructor(private readonly setup: OnnxSetup) {}

  async prepare(): Promise<void> {
    const pictures = Object.entries(picturesOf(this.setup.network));
    this.#pictures = pictures.map(([name, rgb]) => [name, planes(rgb)]);
  }

  async load(): Promise<string> {
    this.#runtime = await this.setup.importRuntime();
    this.#model = await this.setup.readModel();
    return this.setup.provider;
  }

  async compile(): Promise<void> {
    const options = { executionProviders: [this.setup.provider] };
    this.#session = await this.#runtime.InferenceSession.create(this.#model, options);
  }

  async run(): Promise<number[]> {
    const { height, width } = this.setup.network;
    const tensors = this.#pictures.map(([name, data]) => {
      return [name, new this.#runtime.Tensor("float32", data, [1, 3, height, width])];
    });
    const [output] = Object.values(await this.#session.run(Object.fromEntries(tensors)));
    return Array.from(output.data);
  }

  gpuBytes(): null {
    return null;
  }
}

/** RGB bytes as three planes in 0..1. */
function planes(rgb: Uint8Array): Float32Array {
  const size = rgb.length / 3;
  return Float32Array.from(
    { length: rgb.length },
    (_, i) => rgb[3 * (i % size) + Math.floor(i / size)] / 255,
  );
}
