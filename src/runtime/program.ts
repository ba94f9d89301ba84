/**
 * A graph on the GPU: arenas, parameters and bind groups settled once; a run writes the inputs, encodes one command
 * buffer with one compute pass, submits once and reads back once.
 */
import { type Program, type Resident, type RunInputs, wrongInput } from "../graph/executor.js";
import type { Graph, Node, Value } from "../graph/graph.js";
import { type Precision, storeInHalf } from "../graph/half.js";
import { type MemoryPlan, planMemory } from "../graph/memory.js";
import { optimize } from "../graph/rewrite.js";
import { byteSizeOf } from "../graph/shape.js";
import type { Dispatch } from "../kernels/kernel.js";
import { planNode, scratchOf } from "../kernels/planners.js";
import type { ProgramTimings } from "../profile/timings.js";
import { ProgramBuffers } from "./buffers.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import { DeviceTensor } from "./device-tensor.js";
import type { ParameterStore } from "./parameters.js";
import { type Encodable, type Encode, encodePass, openPassTimer } from "./profiler.js";
import { loaded, stored } from "./stored.js";

/** A dispatch ready to be encoded, and what it is: one of the `parts` dispatches of a node. */
interface Step extends Encodable {
  node: Node;
  part: number;
  parts: number;
  dispatch: Dispatch;
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
      const bytes = byteSizeOf(value);
      offset += bytes;
      return { value, offset: offset - bytes, bytes };
    });
    this.#outputBytes = offset;
  }

  /**
   * Plans a graph's memory and dispatches, and packs and uploads its parameters while the driver compiles its
   * pipelines.
   * @throws LimitError, DeviceError, WeightsError.
   */
  static async create(
    graph: Graph,
    device: GpuDevice,
    parameters: ParameterStore,
    precision: Precision,
  ): Promise<GpuProgram> {
    const optimized = precision === "f16" ? storeInHalf(optimize(graph)) : optimize(graph);
    const { limits } = device.raw;
    const plans = new Map(optimized.nodes.map((node) => [node, planNode(node, device.capabilities)]));
    const memory = planMemory(
      optimized,
      {
        maxTensorBytes: limits.maxStorageBufferBindingSize,
        maxArenaBytes: limits.maxBufferSize,
        alignment: limits.minStorageBufferOffsetAlignment,
      },
      (node) => scratchOf(node, plans.get(node)!),
    );
    const planned = [...plans].flatMap(([node, dispatches]) =>
      dispatches.map((dispatch, part) => ({ node, part, parts: dispatches.length, dispatch })),
    );
    const dispatches = planned.map(({ dispatch }) => dispatch);
    const buffers = new ProgramBuffers(device, memory, parameters);
    const compiling = Promise.all(dispatches.map((dispatch) => device.pipelines.get(dispatch)));
    const filling = buffers.fill(dispatches);
    try {
      const [pipelines] = await Promise.all([compiling, filling]);
      return await device.guard("Preparing a graph", () => {
        const steps = planned.map((step, i): Step => {
          const { node, dispatch } = step;
          const resources = [
            buffers.paramsOf(i),
            ...dispatch.bindings.map((binding) => buffers.locate(binding)),
          ];
          const bindGroup = device.raw.createBindGroup({
            label: node.output.name,
            layout: pipelines[i].getBindGroupLayout(0),
            entries: resources.map((resource, binding) => ({ binding, resource })),
          });
          return { ...step, pipeline: pipelines[i], bindGroup, workgroups: dispatch.workgroups };
        });
        return new GpuProgram(device, optimized, memory, buffers, steps);
      });
    } catch (error) {
      // Where compiling failed, buffers may still be made.
      await filling.catch(() => {});
      buffers.destroy();
      throw error;
    }
  }

  run(inputs: RunInputs): Promise<Record<string, Float32Array>> {
    return this.#readBack((after) => this.#submit(inputs, after));
  }

  async profile(inputs: RunInputs, runs: number): Promise<ProgramTimings> {
    const timer = await openPassTimer(this.device);
    try {
      const steps = this.steps.map(({ node, part, parts, dispatch, workgroups }) => {
        const { shader: kernel, overrides: variant, bindings: tensors } = dispatch;
        return { node, part, parts, kernel, variant, workgroups, tensors, ms: [] as number[] };
      });
      const passes = this.steps.map((step) => [step]);
      const before: Encode = (encoder) => this.#copyAllIn(encoder, inputs);
      const onePass: number[] = [];
      const wall: number[] = [];
      let outputs: Record<string, Float32Array> = {};
      // The first run is not counted: a driver may put off work until then.
      for (let run = 0; run <= runs; run++) {
        let alone: number[] = [];
        outputs = await this.#readBack(async (after) => {
          alone = await timer.time(passes, before, after);
        });
        const together = await timer.time([this.steps], before);
        const started = performance.now();
        await this.run(inputs);
        if (run === 0) continue;
        wall.push(performance.now() - started);
        onePass.push(...together);
        for (const [i, ms] of alone.entries()) steps[i].ms.push(ms);
      }
      return { clock: await timer.clock(), steps, onePass, wall, outputs };
    } finally {
      timer.dispose();
    }
  }

  /** Lets `submit` run what ends with the commands that it is given, and reads every output. */
  async #readBack(submit: (after: Encode) => Promise<void>): Promise<Record<string, Float32Array>> {
    const staging =
      this.#idleStaging.pop() ??
      this.device.createBuffer({
        label: "outputs",
        size: this.#outputBytes,
        usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
      });
    try {
      await submit((encoder) => {
        for (const { value, offset, bytes } of this.#outputs)
          this.#copyOut(encoder, value, staging, offset, bytes);
      });
      const bytes = await this.device.read(staging);
      return Object.fromEntries(
        this.#outputs.map(({ value, offset }) => [
          value.name,
          loaded(bytes, offset, value.shape, value.dtype),
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
  #submit(inputs: RunInputs, after: Encode): Promise<void> {
    return this.device.guard("Running a graph", () => {
      const { raw } = this.device;
      const encoder = raw.createCommandEncoder({ label: "bpclip" });
      this.#copyAllIn(encoder, inputs);
      encodePass(encoder, this.steps);
      after(encoder);
      raw.queue.submit([encoder.finish()]);
    });
  }

  #copyAllIn(encoder: GPUCommandEncoder, inputs: RunInputs): void {
    for (const input of this.graph.inputs) this.#copyIn(encoder, input, inputs[input.name]);
  }

  #copyIn(encoder: GPUCommandEncoder, input: Value, given: RunInputs[string] | undefined): void {
    const { arena, offset, size } = this.memory.places.get(input)!;
    const bytes = given instanceof Float32Array ? stored(given, input.dtype) : given;
    if (given instanceof DeviceTensor && given.buffer.size === size) {
      encoder.copyBufferToBuffer(given.buffer, 0, this.buffers.arenas[arena], offset, size);
    } else if (isTypedArray(bytes) && bytes.byteLength === size) {
      this.device.raw.queue.writeBuffer(
        this.buffers.arenas[arena],
        offset,
        bytes as GPUAllowSharedBufferSource,
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

function isTypedArray(given: unknown): given is Float32Array | Uint32Array | Uint16Array {
  return given instanceof Float32Array || given instanceof Uint32Array || given instanceof Uint16Array;
}
