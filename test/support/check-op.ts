/**
 * Runs one op on the adapter under test and on the CPU oracle, and compares. Tests that use it are files named
 * *.gpu.test.ts and suites made by `describeGpu` of ./gpu.js; tests of planners alone are plain *.test.ts.
 */
import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  type OpType,
  type Shape,
  type Value,
} from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/shape.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import { GpuExecutor } from "../../src/runtime/executor.js";
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
 */
export async function checkOp<T extends OpType>(
  op: T,
  inputs: TestInputs<T>,
  attributes: Attributes<T>,
  tolerance: Tolerance,
  seed = 1,
): Promise<void> {
  const draw = random(seed);
  const builder = new GraphBuilder();
  const runInputs: Record<string, Float32Array | Uint32Array> = {};
  const add = (role: string, tensor: TestTensor): Value => {
    const data = tensor.data ?? fill(tensor, draw);
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
  const program = await gpu.prepare(graph);
  try {
    const actual = await program.run(runInputs);
    expectClose(actual.output, expected.output, tolerance, `${op} ${describeShapes(inputs)}`);
  } finally {
    program.dispose();
    gpu.dispose();
  }
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
