/** Runs a graph on the CPU, one op after the other. */
import { type Executor, type Program, type Resident, type RunInputs, wrongInput } from "../graph/executor.js";
import { type Graph, inputsOf, type Node, type OpType, type Shape, type Value } from "../graph/graph.js";
import { type Reading, type ReadTensor, resolveParameter } from "../graph/parameters.js";
import { optimize } from "../graph/rewrite.js";
import { sizeOf } from "../graph/shape.js";
import type { Peaks, ProgramTimings, StepTimings } from "../profile/timings.js";
import { referenceOps } from "./ops.js";
import { measureCpuPeaks } from "./peaks.js";
import type { ReferenceOp, Tensor } from "./reference.js";

/** A result kept in memory. */
class HostTensor implements Resident {
  constructor(
    readonly shape: Shape,
    readonly data: Float32Array,
  ) {}
  dispose(): void {}
}

export class CpuExecutor implements Executor {
  readonly kind = "cpu";
  readonly adapter = "CPU reference executor";
  readonly #parameters = new Map<string, Float32Array>();
  #read!: ReadTensor;

  /** @param reading Gives the checkpoint's tensors. */
  constructor(private readonly reading: Reading) {}

  get bytes(): number {
    return [...this.#parameters.values()].reduce((bytes, data) => bytes + data.byteLength, 0);
  }

  async prepare(graph: Graph): Promise<Program> {
    const optimized = optimize(graph);
    this.#read = await this.reading;
    return {
      run: async (inputs) => this.#run(optimized, inputs),
      runResident: async (inputs) => {
        const outputs = this.#run(optimized, inputs);
        const shapes = new Map(optimized.outputs.map((output) => [output.name, output.shape]));
        return Object.fromEntries(
          Object.entries(outputs).map(([name, data]) => [name, new HostTensor(shapes.get(name) ?? [], data)]),
        );
      },
      profile: async (inputs, runs) => this.#profile(optimized, inputs, runs),
      dispose() {},
    };
  }

  async peaks(): Promise<Peaks> {
    return measureCpuPeaks();
  }

  dispose(): void {
    this.#parameters.clear();
  }

  #profile(graph: Graph, inputs: RunInputs, runs: number): ProgramTimings {
    const steps = new Map<Node, StepTimings>();
    for (const node of graph.nodes) {
      if (node.op === "reshape") continue;
      const { op: kernel } = node;
      steps.set(node, {
        node,
        part: 0,
        parts: 1,
        kernel,
        variant: {},
        workgroups: null,
        tensors: [],
        ms: [],
      });
    }
    const wall: number[] = [];
    let outputs: Record<string, Float32Array> = {};
    // The first run is not counted: parameters are read in it, and the engine compiles.
    for (let run = 0; run <= runs; run++) {
      outputs = this.#run(graph, inputs, (node, ms) => {
        if (run > 0) steps.get(node)?.ms.push(ms);
      });
      const started = performance.now();
      this.#run(graph, inputs);
      if (run > 0) wall.push(performance.now() - started);
    }
    const clock = { kind: "wall", resolution: wallResolution() } as const;
    return { clock, steps: [...steps.values()], onePass: wall, wall, outputs };
  }

  /** @param timed Told how long each node took. */
  #run(
    graph: Graph,
    inputs: RunInputs,
    timed?: (node: Node, ms: number) => void,
  ): Record<string, Float32Array> {
    const results = new Map<Value, Tensor>();
    for (const input of graph.inputs) results.set(input, readInput(input, inputs));
    const lastReaders = findLastReaders(graph);
    for (const node of graph.nodes) {
      const started = performance.now();
      results.set(node.output, this.#compute(node, results));
      timed?.(node, performance.now() - started);
      for (const spent of lastReaders.get(node) ?? []) results.delete(spent);
    }
    return Object.fromEntries(
      graph.outputs.map((output) => [output.name, results.get(output)?.data as Float32Array]),
    );
  }

  #compute(node: Node, results: Map<Value, Tensor>): Tensor {
    const tensorOf = (value: Value): Tensor => {
      return results.get(value) ?? { shape: value.shape, data: this.#parameter(value) };
    };
    const { shape } = node.output;
    if (node.op === "reshape") return { shape, data: tensorOf(node.inputs.x).data };
    const tensors = Object.fromEntries(
      Object.entries(node.inputs as Record<string, Value | Value[] | undefined>).map(([role, value]) => [
        role,
        Array.isArray(value) ? value.map(tensorOf) : value && tensorOf(value),
      ]),
    );
    const output = { shape, data: new Float32Array(sizeOf(shape)) };
    // The table is typed by op; the op of a node is known only at run time.
    (referenceOps[node.op] as ReferenceOp<OpType>)(tensors as never, node.attributes as never, output);
    return output;
  }

  #parameter(value: Value): Float32Array {
    if (value.parameter?.kind === "constant") return value.parameter.data;
    let data = this.#parameters.get(value.name);
    if (!data) {
      data = resolveParameter(value, this.#read);
      this.#parameters.set(value.name, data);
    }
    return data;
  }
}

function readInput(input: Value, inputs: RunInputs): Tensor {
  const given = inputs[input.name];
  const data = given instanceof HostTensor ? given.data : given;
  const isArray = data instanceof Float32Array || data instanceof Uint32Array;
  if (!isArray || data.length !== sizeOf(input.shape)) {
    throw wrongInput(input);
  }
  return { shape: input.shape, data };
}

/** The least by which the clock is seen to advance, in milliseconds. */
function wallResolution(): number {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    let now = started;
    while (now === started) now = performance.now();
    least = Math.min(least, now - started);
  }
  return least;
}

/** For each node, the values that no later node reads, so that their memory can go. */
function findLastReaders(graph: Graph): Map<Node, Value[]> {
  const readers = new Map<Value, Node>();
  for (const node of graph.nodes) {
    for (const value of inputsOf(node)) readers.set(value, node);
  }
  const spent = new Map<Node, Value[]>();
  for (const [value, node] of readers) {
    if (!graph.outputs.includes(value)) spent.set(node, [...(spent.get(node) ?? []), value]);
  }
  return spent;
}
