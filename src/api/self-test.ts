/** Runs every op on an executor and on the CPU oracle, small and in awkward shapes, and compares. */
import type { Executor } from "../graph/executor.js";
import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  type OpType,
  type Shape,
  type Value,
} from "../graph/graph.js";
import { sizeOf } from "../graph/shape.js";

/** The ops that a GPU runs: batch norms are folded away before, and a reshape computes nothing. */
export type TestedOp = Exclude<OpType, "batchNorm" | "reshape">;

export interface SelfTestResult {
  op: TestedOp;
  cases: number;
  /** The largest |result − expected| of any case, as a fraction of its largest |expected|. */
  error: number;
  /** The largest error allowed. */
  tolerance: number;
  passed: boolean;
  /** Why a case could not run at all, if it could not. */
  problem?: string;
}

/** A tensor of a case: numbers drawn from [-1, 1), or what `data` makes of each index. */
interface Tensor {
  shape: Shape;
  data?: (index: number) => number;
  dtype?: "f32" | "u32";
  /** Packed and uploaded as a checkpoint's tensor is, instead of being an input of the run. */
  parameter?: boolean;
}

interface Case<T extends OpType> {
  inputs: {
    [R in keyof Inputs<T>]: NonNullable<Inputs<T>[R]> extends Value[]
      ? Tensor[]
      : Tensor | Extract<Inputs<T>[R], undefined>;
  };
  attributes: Attributes<T>;
}

interface SelfTest<T extends OpType> {
  tolerance: number;
  cases: Case<T>[];
}

/**
 * Tests the ops one after the other.
 * @param executor Under test; made with a `read` that is never called.
 * @param oracle What it is compared with.
 * @returns Each op's result, as soon as it is there. A case that throws is a failure of its op.
 */
export async function* selfTest(executor: Executor, oracle: Executor): AsyncGenerator<SelfTestResult> {
  for (const op of testedOps) {
    const { tolerance, cases } = selfTests[op];
    let error = 0;
    let problem: string | undefined;
    try {
      for (const [i, testCase] of cases.entries()) {
        error = Math.max(error, await compare(op, i, testCase as Case<TestedOp>, executor, oracle));
      }
    } catch (thrown) {
      error = Number.POSITIVE_INFINITY;
      problem = thrown instanceof Error ? thrown.message : String(thrown);
    }
    yield { op, cases: cases.length, error, tolerance, passed: error <= tolerance, problem };
  }
}

/** The relative error of one case; infinite where a result is not a number. */
async function compare<T extends OpType>(
  op: T,
  index: number,
  { inputs, attributes }: Case<T>,
  executor: Executor,
  oracle: Executor,
): Promise<number> {
  const g = new GraphBuilder();
  const draw = random(index + 1);
  const given: Record<string, Float32Array | Uint32Array> = {};
  const add = (name: string, { shape, data = () => 2 * draw() - 1, dtype = "f32", parameter }: Tensor) => {
    const values = Array.from({ length: sizeOf(shape) }, (_, i) => data(i));
    if (parameter) return g.constant(`${op} ${index} ${name}`, shape, Float32Array.from(values));
    given[name] = dtype === "u32" ? Uint32Array.from(values) : Float32Array.from(values);
    return g.input(name, shape, dtype);
  };
  const roles = Object.entries(inputs as Record<string, Tensor | Tensor[] | undefined>);
  const values = roles.map(([role, tensor]) => [
    role,
    Array.isArray(tensor) ? tensor.map((part, i) => add(`${role}.${i}`, part)) : tensor && add(role, tensor),
  ]);
  const output = g.add(op, "output", Object.fromEntries(values) as Inputs<T>, attributes);
  const graph = g.build([output]);
  const [actual, expected] = await Promise.all(
    [executor, oracle].map(async (runner) => {
      const program = await runner.prepare(graph);
      try {
        return (await program.run(given)).output;
      } finally {
        program.dispose();
      }
    }),
  );
  let worst = 0;
  let peak = 0;
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs(actual[i] - value);
    if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, difference);
    peak = Math.max(peak, Math.abs(value));
  }
  return worst === 0 ? 0 : worst / peak;
}

/** mulberry32: uniform numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const input = (...shape: number[]): Tensor => ({ shape });
const weights = (...shape: number[]): Tensor => ({ shape, parameter: true });
/** Numbers in [0.1, 1): where a sum must not come near zero. */
const positive = (...shape: number[]): Tensor => ({ shape, data: (i) => 0.1 + ((i * 7) % 13) / 15 });
const ids = (rows: number, ...shape: number[]): Tensor => ({
  shape,
  dtype: "u32",
  data: (i) => (i * 5) % rows,
});
/** Pixels of all colours and alphas; `words` 1 for 8 bits a channel, 2 for 16. */
const pixels = (height: number, width: number, words: number): Tensor => ({
  shape: [1, height, width, words],
  dtype: "u32",
  data: (i) => Math.imul(i + 1, 0x9e3779b9) >>> 0,
});
/** Rows of a start and `count` weights that add up to 1, spread over a line of `length`. */
const taps = (rows: number, count: number, length: number): Tensor => ({
  shape: [rows, 1 + count],
  parameter: true,
  data(i) {
    const row = Math.floor(i / (1 + count));
    return i % (1 + count) === 0 ? Math.floor((row * (length - count)) / Math.max(1, rows - 1)) : 1 / count;
  },
});

const none = { activation: "none" } as const;

/** Moves of numbers, and sums of one rounding. */
const exact = 0;
/** Few f32 operations each, of which WebGPU lets a division or a root be 2.5 ulp off. */
const elementwise = 1e-6;
/** Sums over up to some hundreds of products in another order, and WebGPU's exp. */
const summed = 1e-5;

/** Shapes that divide no tile and no vector of four, and shapes that do; every variant of every op. */
const selfTests: { [T in TestedOp]: SelfTest<T> } = {
  conv2d: {
    tolerance: summed,
    cases: [
      {
        inputs: { x: input(1, 13, 11, 3), weight: weights(10, 3, 7, 7), bias: weights(10) },
        attributes: { stride: 2, padding: 3, activation: "relu" },
      },
      {
        inputs: {
          x: input(1, 9, 7, 20),
          weight: weights(36, 20, 1, 1),
          bias: weights(36),
          residual: input(1, 9, 7, 36),
        },
        attributes: { stride: 1, padding: 0, activation: "gelu" },
      },
      {
        inputs: { x: input(1, 10, 9, 16), weight: weights(48, 16, 3, 3), gate: input(1, 10, 9, 1) },
        attributes: { stride: 1, padding: 1, ...none },
      },
      {
        inputs: { x: input(1, 8, 8, 8), weight: weights(1, 8, 3, 3), bias: weights(1) },
        attributes: { stride: 1, padding: 1, activation: "sigmoid" },
      },
    ],
  },
  linear: {
    tolerance: summed,
    cases: [
      { inputs: { x: input(1, 160), weight: weights(1, 160), bias: weights(1) }, attributes: none },
      {
        inputs: {
          x: input(1, 37, 30),
          weight: weights(23, 30),
          bias: weights(23),
          residual: input(1, 37, 23),
        },
        attributes: { activation: "quickGelu" },
      },
      { inputs: { x: input(64, 64), weight: weights(64, 64) }, attributes: { activation: "gelu" } },
    ],
  },
  activation: {
    tolerance: summed,
    cases: (["relu", "gelu", "quickGelu", "sigmoid"] as const).map((kind) => ({
      inputs: { x: { shape: [7, 39], data: (i) => i / 17 - 8 } },
      attributes: { kind },
    })),
  },
  add: {
    tolerance: exact,
    cases: [
      { inputs: { a: input(1, 5, 7, 6), b: input(1, 5, 7, 6) }, attributes: {} },
      { inputs: { a: input(3, 35, 10), b: input(35, 10) }, attributes: {} },
    ],
  },
  multiply: {
    tolerance: exact,
    cases: [
      { inputs: { a: input(1, 35, 6), b: input(1, 35, 6) }, attributes: {} },
      { inputs: { a: input(1, 5, 7, 12), b: input(1, 5, 7, 1) }, attributes: {} },
    ],
  },
  absoluteDifference: {
    tolerance: elementwise,
    cases: [false, true].map((smooth) => ({
      inputs: { a: input(1, 5, 7, 9), b: input(1, 5, 7, 9) },
      attributes: { smooth },
    })),
  },
  concat: {
    tolerance: exact,
    cases: [{ inputs: { parts: [input(1, 5, 3, 6), input(1, 5, 3, 1), input(1, 5, 3, 4)] }, attributes: {} }],
  },
  slice: {
    tolerance: exact,
    cases: [{ inputs: { x: input(1, 5, 3, 11) }, attributes: { start: 3, count: 7 } }],
  },
  maxPool: {
    tolerance: exact,
    cases: [{ inputs: { x: input(1, 13, 10, 6) }, attributes: { size: 3, stride: 2, padding: 1 } }],
  },
  adaptiveAvgPool: {
    tolerance: summed,
    cases: [
      { inputs: { x: input(1, 13, 10, 6) }, attributes: { height: 4, width: 3 } },
      { inputs: { x: input(1, 17, 11, 8), gate: input(1, 17, 11, 1) }, attributes: { height: 5, width: 5 } },
    ],
  },
  attention: {
    tolerance: summed,
    cases: [
      {
        inputs: { q: input(1, 19, 24), k: input(1, 45, 24), v: input(1, 45, 24), residual: input(1, 19, 24) },
        attributes: { heads: 4, causal: false },
      },
      {
        inputs: { q: input(2, 17, 16), k: input(2, 17, 16), v: input(2, 17, 16) },
        attributes: { heads: 1, causal: true },
      },
    ],
  },
  layerNorm: {
    tolerance: summed,
    cases: [
      {
        inputs: { x: input(1, 7, 45), weight: weights(45), bias: weights(45) },
        attributes: { eps: 1e-5 },
      },
    ],
  },
  softmax: {
    tolerance: summed,
    cases: [{ inputs: { x: input(4, 40) }, attributes: { scale: 100 } }],
  },
  embedding: {
    tolerance: exact,
    cases: [{ inputs: { ids: ids(9, 2, 7), table: weights(9, 10) }, attributes: {} }],
  },
  tokenMean: {
    tolerance: summed,
    cases: [
      { inputs: { x: input(2, 37, 9) }, attributes: { normalized: false } },
      { inputs: { x: input(1, 37, 9), weights: positive(1, 37, 9) }, attributes: { normalized: true } },
    ],
  },
  l2Normalize: {
    tolerance: summed,
    cases: [{ inputs: { x: input(5, 37) }, attributes: {} }],
  },
  cosine: {
    tolerance: summed,
    cases: [{ inputs: { x: input(4, 50), y: weights(40, 50) }, attributes: {} }],
  },
  positionCode: {
    tolerance: exact,
    cases: [{ inputs: { h: weights(5, 7), w: weights(5, 7) }, attributes: {} }],
  },
  resizeBicubic: {
    tolerance: summed,
    cases: [{ inputs: { x: input(1, 8, 8, 6) }, attributes: { height: 11, width: 5 } }],
  },
  decodePixels: {
    tolerance: elementwise,
    cases: [
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => ({
        inputs: { x: pixels(5, 7, 1) },
        attributes: { orientation, round8: true },
      })),
      {
        inputs: { x: pixels(6, 9, 2), taps: taps(4, 3, 6) },
        attributes: { orientation: 6, round8: false },
      },
    ],
  },
  resample: {
    tolerance: summed,
    cases: (["height", "width"] as const).map((axis) => ({
      inputs: { x: input(1, 12, 12, 3), taps: taps(5, 4, 12) },
      // Rounding to 8 bits would make a whole step of a last bit.
      attributes: { axis, round8: false },
    })),
  },
  crop: {
    tolerance: exact,
    cases: [{ inputs: { x: input(1, 9, 8, 3) }, attributes: { top: 2, left: 1, height: 5, width: 6 } }],
  },
  normalize: {
    tolerance: elementwise,
    cases: [
      {
        inputs: { x: input(1, 5, 7, 3) },
        attributes: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      },
    ],
  },
};

/** Every op, in the order in which `selfTest` tests them. */
export const testedOps = Object.keys(selfTests) as readonly TestedOp[];
