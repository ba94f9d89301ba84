/**
 * A graph on the GPU: arenas, parameters and bind groups settled once; a run writes the inputs, encodes one command
 * buffer with one compute pass, submits once and reads back once.
 */
import { type Program, type Resident, type RunInputs, wrongInput } from "../graph/executor.js";
import type { Graph, Shape, Value } from "../graph/graph.js";
import { type MemoryPlan, planMemory } from "../graph/memory.js";
import { optimize } from "../graph/rewrite.js";
import { sizeOf } from "../graph/shape.js";
import { planNode } from "../kernels/planners.js";
import { ProgramBuffers } from "./buffers.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import type { ParameterStore } from "./parameters.js";

/** A result kept on the GPU. */
class DeviceTensor implements Resident {
  constructor(
    readonly shape: Shape,
    readonly buffer: GPUBuffer,
    private readonly device: GpuDevice,
  ) {}

  dispose(): void {
    this.device.destroyBuffer(this.buffer);
  }
}

/** A dispatch ready to be encoded. */
interface Step {
  label: string;
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

export class GpuProgram implements Program {
  /** Staging buffers of finished runs, each large enough for all outputs. */
  readonly #idleStaging: GPUBuffer[] = [];
  readonly #outputs: { value: Value; offset: number; bytes: number }[];
  readonly #outputBytes: number;
  #disposed = false;

  private constructor(
    private readonly device: GpuDevice,
    private readonly graph: Graph,
    private readonly memory: MemoryPlan,
    private readonly buffers: ProgramBuffers,
    private readonly steps: Step[],
  ) {
    let offset = 0;
    this.#outputs = graph.outputs.map((value) => {
      const bytes = 4 * sizeOf(value.shape);
      offset += bytes;
      return { value, offset: offset - bytes, bytes };
    });
    this.#outputBytes = offset;
  }

  /**
   * Plans a graph's memory and dispatches and compiles its pipelines in parallel.
   * @throws LimitError, DeviceError, WeightsError.
   */
  static async create(graph: Graph, device: GpuDevice, parameters: ParameterStore): Promise<GpuProgram> {
    const optimized = optimize(graph);
    const { limits } = device.raw;
    const memory = planMemory(optimized, {
      maxTensorBytes: limits.maxStorageBufferBindingSize,
      maxArenaBytes: limits.maxBufferSize,
      alignment: limits.minStorageBufferOffsetAlignment,
    });
    const planned = optimized.nodes.flatMap((node) =>
      planNode(node, device.capabilities).map((dispatch) => ({ label: node.output.name, dispatch })),
    );
    const dispatches = planned.map(({ dispatch }) => dispatch);
    const pipelines = await Promise.all(dispatches.map((dispatch) => device.pipelines.get(dispatch)));
    const buffers = new ProgramBuffers(device, memory, parameters);
    try {
      return await device.guard("Preparing a graph", () => {
        buffers.allocate(dispatches);
        const steps = planned.map(({ label, dispatch }, i): Step => {
          const resources = [
            buffers.paramsOf(i),
            ...dispatch.bindings.map((binding) => buffers.locate(binding)),
          ];
          const bindGroup = device.raw.createBindGroup({
            label,
            layout: pipelines[i].getBindGroupLayout(0),
            entries: resources.map((resource, binding) => ({ binding, resource })),
          });
          return { label, pipeline: pipelines[i], bindGroup, workgroups: dispatch.workgroups };
        });
        return new GpuProgram(device, optimized, memory, buffers, steps);
      });
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  async run(inputs: RunInputs): Promise<Record<string, Float32Array>> {
    const staging =
      this.#idleStaging.pop() ??
      this.device.createBuffer({
        label: "outputs",
        size: this.#outputBytes,
        usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
      });
    try {
      await this.#submit(inputs, (encoder) => {
        for (const { value, offset, bytes } of this.#outputs)
          this.#copyOut(encoder, value, staging, offset, bytes);
      });
      const bytes = await this.device.read(staging);
      return Object.fromEntries(
        this.#outputs.map(({ value, offset }) => [
          value.name,
          new Float32Array(bytes, offset, sizeOf(value.shape)),
        ]),
      );
    } finally {
      if (this.#disposed) this.device.destroyBuffer(staging);
      else this.#idleStaging.push(staging);
    }
  }

  async runResident(inputs: RunInputs): Promise<Record<string, Resident>> {
    const kept = this.#outputs.map(({ value, bytes }) => {
      const buffer = this.device.createBuffer({
        label: value.name,
        size: bytes,
        usage: BufferUsage.COPY_SRC | BufferUsage.COPY_DST,
      });
      return new DeviceTensor(value.shape, buffer, this.device);
    });
    try {
      await this.#submit(inputs, (encoder) => {
        for (const [i, { value, bytes }] of this.#outputs.entries()) {
          this.#copyOut(encoder, value, kept[i].buffer, 0, bytes);
        }
      });
    } catch (error) {
      for (const tensor of kept) tensor.dispose();
      throw error;
    }
    return Object.fromEntries(this.#outputs.map(({ value }, i) => [value.name, kept[i]]));
  }

  dispose(): void {
    this.#disposed = true;
    this.buffers.destroy();
    for (const staging of this.#idleStaging.splice(0)) this.device.destroyBuffer(staging);
  }

  /** Writes the inputs, encodes every dispatch into one pass, then `after`, and submits. */
  #submit(inputs: RunInputs, after: (encoder: GPUCommandEncoder) => void): Promise<void> {
    return this.device.guard("Running a graph", () => {
      const { raw } = this.device;
      const encoder = raw.createCommandEncoder({ label: "bpclip" });
      for (const input of this.graph.inputs) this.#copyIn(encoder, input, inputs[input.name]);
      const pass = encoder.beginComputePass({ label: "bpclip" });
      for (const { pipeline, bindGroup, workgroups } of this.steps) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...workgroups);
      }
      pass.end();
      after(encoder);
      raw.queue.submit([encoder.finish()]);
    });
  }

  #copyIn(encoder: GPUCommandEncoder, input: Value, given: RunInputs[string] | undefined): void {
    const { arena, offset, size } = this.memory.places.get(input)!;
    if (given instanceof DeviceTensor && given.buffer.size === size) {
      encoder.copyBufferToBuffer(given.buffer, 0, this.buffers.arenas[arena], offset, size);
    } else if (isTypedArray(given) && given.byteLength === size) {
      this.device.raw.queue.writeBuffer(
        this.buffers.arenas[arena],
        offset,
        given as GPUAllowSharedBufferSource,
      );
    } else {
      throw wrongInput(input);
    }
  }

  #copyOut(encoder: GPUCommandEncoder, value: Value, to: GPUBuffer, toOffset: number, bytes: number): void {
    const { arena, offset } = this.memory.places.get(value)!;
    encoder.copyBufferToBuffer(this.buffers.arenas[arena], offset, to, toOffset, bytes);
  }
}

function isTypedArray(given: unknown): given is Float32Array | Uint32Array {
  return given instanceof Float32Array || given instanceof Uint32Array;
}
