/** The buffers of one program: its arenas, its dispatches' uniforms and the constants of its graph. */
import type { Value } from "../graph/graph.js";
import type { MemoryPlan } from "../graph/memory.js";
import type { Binding, Dispatch, Packing } from "../kernels/kernel.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import { packed } from "./packing.js";
import type { ParameterStore } from "./parameters.js";

/** Bound where an op has not the optional tensor that its kernel declares. */
const emptyBytes = 16;

/** For how many milliseconds weights are packed at a stretch: half a frame of a page that waits on the same thread. */
const stretch = 8;

export class ProgramBuffers {
  readonly arenas: GPUBuffer[] = [];
  readonly #constants = new Map<string, GPUBuffer>();
  readonly #params: GPUBufferBinding[] = [];
  #paramsBuffer: GPUBuffer | undefined;
  #empty: GPUBufferBinding | undefined;

  constructor(
    private readonly device: GpuDevice,
    private readonly memory: MemoryPlan,
    private readonly parameters: ParameterStore,
  ) {}

  /**
   * Creates, once the checkpoint is there, the arenas and the uniforms, and packs and uploads what parameters the
   * dispatches read that are not on the device yet, a stretch at a time.
   * @throws DeviceError; and what `ParameterStore.arrive` throws.
   */
  async fill(dispatches: readonly Dispatch[]): Promise<void> {
    await this.parameters.arrive();
    await this.device.guard("Preparing a graph", () => this.#allocate(dispatches));
    const bindings = dispatches.flatMap(({ bindings }) => bindings);
    for (let next = 0; next < bindings.length; ) {
      await this.device.guard("Preparing a graph", () => {
        const end = performance.now() + stretch;
        while (next < bindings.length && performance.now() < end) this.locate(bindings[next++]);
      });
    }
  }

  /** Creates the arenas, and one uniform buffer that holds every dispatch's params. */
  #allocate(dispatches: readonly Dispatch[]): void {
    for (const [i, size] of this.memory.arenas.entries()) {
      const usage = BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST;
      this.arenas.push(this.device.createBuffer({ label: `arena ${i}`, size, usage }));
    }
    const { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment } = this.device.raw.limits;
    const alignment = Math.max(minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment);
    let end = 0;
    const offsets = dispatches.map(({ params }) => {
      const offset = end;
      end += Math.ceil((4 * params.length) / alignment) * alignment;
      return offset;
    });
    const buffer = this.device.createBuffer({
      label: "params",
      size: end + emptyBytes,
      usage: BufferUsage.UNIFORM | BufferUsage.STORAGE,
      mappedAtCreation: true,
    });
    this.#paramsBuffer = buffer;
    const words = new Uint32Array(buffer.getMappedRange());
    for (const [i, { params }] of dispatches.entries()) {
      words.set(params, offsets[i] / 4);
      this.#params.push({ buffer, offset: offsets[i], size: 4 * params.length });
    }
    buffer.unmap();
    this.#empty = { buffer, offset: end, size: emptyBytes };
  }

  /** The uniforms of a dispatch. */
  paramsOf(dispatch: number): GPUBufferBinding {
    return this.#params[dispatch];
  }

  /** Where a binding's tensor lies. */
  locate({ value, packing = "asIs" }: Binding): GPUBufferBinding {
    if (!value) return this.#empty!;
    if (value.parameter?.kind === "constant") {
      return { buffer: this.#constant(value, value.parameter.data, packing) };
    }
    if (value.parameter) return { buffer: this.parameters.get(value, packing) };
    const { arena, offset, size } = this.memory.places.get(value)!;
    return { buffer: this.arenas[arena], offset, size };
  }

  destroy(): void {
    const buffers = [...this.arenas.splice(0), ...this.#constants.values()];
    if (this.#paramsBuffer) buffers.push(this.#paramsBuffer);
    for (const buffer of buffers) this.device.destroyBuffer(buffer);
    this.#constants.clear();
    this.#paramsBuffer = undefined;
  }

  #constant(value: Value, data: Float32Array, packing: Packing): GPUBuffer {
    const key = `${packing} ${value.dtype} ${value.name}`;
    let buffer = this.#constants.get(key);
    if (!buffer) {
      buffer = this.device.upload(value.name, packed(data, value, packing));
      this.#constants.set(key, buffer);
    }
    return buffer;
  }
}
