/**
 * Runs one op on the adapter under test and on the CPU oracle, and compares. Tests that use it are files named
 * *.gpu.test.ts and suites made by `describeGpu` of ./gpu.js; tests of planners alone are plain *.test.ts.
 */
import {
  type Attributes,
  type Graph,
  GraphBuilder,
  type Inputs,
  inputsOf,
  type Node,
  type OpType,
  type Shape,
  type Value,
} from "../../src/graph/graph.js";
import type { Precision } from "../../src/graph/half.js";
import { sizeOf } from "../../src/graph/shape.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { decodeFloat16, encodeFloat16 } from "../../src/weights/float16.js";
import { expectClose, type Tolerance } from "./close.js";
import { testDevice } from "./gpu.js";
import { type Random, random } from "./random.js";

export type { Tolerance };

/** A test tensor: values given, or drawn uniformly from [-1, 1) (or `range`). Parameters get packed as in a model. */
export interface TestTensor {
  shape: Shape;
  data?: Float32Array | Uint32Array;
  range?: [number, number];
  /** Weights and biases are parameters; everything else is an input of the run. */
  parameter?: boolean;
}

/** An op's inputs as test tensors, by role. */
export type TestInputs<T extends OpType> = {
  [R in keyof Inputs<T>]: NonNullable<Inputs<T>[R]> extends Value[]
    ? TestTensor[]
    : TestTensor | Extract<Inputs<T>[R], undefined>;
};

/**
 * Checks one op on the adapter under test against the oracle.
 * @param seed Draws the values that are not given; print it in the test's name.
 * @param precision With "f16" the values are rounded to it for both, and the adapter stores them so.
 */
export async function checkOp<T extends OpType>(
  op: T,
  inputs: TestInputs<T>,
  attributes: Attributes<T>,
  tolerance: Tolerance,
  seed = 1,
  precision: Precision = "f32",
): Promise<void> {
  const draw = random(seed);
  const builder = new GraphBuilder();
  const runInputs: Record<string, Float32Array | Uint32Array> = {};
  const add = (role: string, tensor: TestTensor): Value => {
    const data = rounded(tensor.data ?? fill(tensor, draw), precision);
    if (tensor.parameter)
      return builder.constant(`${role} of seed ${seed}`, tensor.shape, data as Float32Array);
    runInputs[role] = data;
    return builder.input(role, tensor.shape, data instanceof Uint32Array ? "u32" : "f32");
  };
  const values = Object.fromEntries(
    Object.entries(inputs as Record<string, TestTensor | TestTensor[] | undefined>).map(([role, tensor]) => [
      role,
      Array.isArray(tensor)
        ? tensor.map((part, i) => add(`${role}.${i}`, part))
        : tensor && add(role, tensor),
    ]),
  );
  const graph = builder.build([builder.add(op, "output", values as unknown as Inputs<T>, attributes)]);

  const noCheckpoint = () => {
    throw new Error("an op under test reads no checkpoint");
  };
  const expected = await (await new CpuExecutor(noCheckpoint).prepare(graph)).run(runInputs);
  const gpu = new GpuExecutor(await testDevice(), noCheckpoint);
  const program = await gpu.prepare(precision === "f16" ? inHalf(graph) : graph);
  try {
    const actual = await program.run(runInputs);
    expectClose(actual.output, expected.output, tolerance, `${op} ${describeShapes(inputs)}`);
  } finally {
    program.dispose();
    gpu.dispose();
  }
}

function rounded<T extends Float32Array | Uint32Array>(data: T, precision: Precision): T | Float32Array {
  return precision === "f16" && data instanceof Float32Array ? decodeFloat16(encodeFloat16(data)) : data;
}

/** The graph with its tensors stored as f16, but for what `storeInHalf` leaves in f32 at a network's ends. */
function inHalf({ inputs, nodes: [node], outputs: [output] }: Graph): Graph {
  const halves = new Map(
    [...inputsOf(node), output].map((value) => [value, { ...value, dtype: "f16" } as Value] as const),
  );
  if (node.op === "normalize") halves.delete(node.inputs.x);
  if (node.op === "tokenMean" || node.op === "cosine") halves.delete(output);
  const half = (value: Value) => halves.get(value) ?? value;
  const read = Object.entries(node.inputs).map(([role, value]: [string, Value | Value[] | undefined]) => [
    role,
    Array.isArray(value) ? value.map(half) : value && half(value),
  ]);
  const stored = { ...node, inputs: Object.fromEntries(read), output: half(output) } as Node;
  return { inputs: inputs.map(half), nodes: [stored], outputs: [half(output)] };
}

function fill({ shape, range = [-1, 1] }: TestTensor, draw: Random): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, () => range[0] + (range[1] - range[0]) * draw());
}

function describeShapes(inputs: object): string {
  return Object.entries(inputs)
    .map(
      ([role, tensor]) =>
        `${role} ${[tensor]
          .flat()
          .map((t) => t?.shape.join("×"))
          .join(", ")}`,
    )
    .join("; ");
}
