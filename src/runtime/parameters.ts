/** A checkpoint's parameters on the GPU: each uploaded once, packed as its kernels want it. */
import { modelDisposed } from "../graph/executor.js";
import type { Value } from "../graph/graph.js";
import { type Reading, type ReadTensor, resolveParameter } from "../graph/parameters.js";
import type { Packing } from "../kernels/kernel.js";
import type { GpuDevice } from "./device.js";
import { packed } from "./packing.js";

export class ParameterStore {
  readonly #buffers = new Map<string, GPUBuffer>();
  #read!: ReadTensor;
  #disposed = false;

  constructor(
    private readonly device: GpuDevice,
    private readonly reading: Reading,
  ) {}

  /** Waits for the checkpoint, which `get` reads. @throws As `get`, and where its file breaks off or is damaged. */
  async arrive(): Promise<void> {
    this.#read = await this.reading;
    this.#requireAlive();
  }

  /**
   * The buffer of a parameter under a packing.
   * @throws InputError (INPUT_DISPOSED) where the checkpoint was given up while a graph was being prepared; WeightsError.
   */
  get(value: Value, packing: Packing): GPUBuffer {
    this.#requireAlive();
    const key = `${packing} ${value.dtype} ${value.name}`;
    let buffer = this.#buffers.get(key);
    if (!buffer) {
      const data = resolveParameter(value, this.#read);
      buffer = this.device.upload(value.name, packed(data, value, packing));
      this.#buffers.set(key, buffer);
    }
    return buffer;
  }

  dispose(): void {
    this.#disposed = true;
    for (const buffer of this.#buffers.values()) this.device.destroyBuffer(buffer);
    this.#buffers.clear();
  }

  #requireAlive(): void {
    if (this.#disposed) throw modelDisposed();
  }
}
