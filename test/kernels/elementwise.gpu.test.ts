import { it } from "vitest";
import type { Activation } from "../../src/graph/graph.js";
import { checkOp, type TestTensor } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, pick, type Random, random } from "../support/random.js";

const seed = 20261123;

// One operation in f32, or a copy: nothing is rounded that the oracle does not round alike.
const exact: Tolerance = { absolute: 0, relative: 0 };

// A polynomial and an exponential in f32; WGSL allows exp(x) 3 + 2·|x| units in the last place, 2⁻²³ of a result up to 1.
const activationTolerance: Tolerance = { absolute: 1e-6, relative: 0 };

// WGSL allows sqrt about 3 units in the last place.
const smoothTolerance: Tolerance = { absolute: 1e-9, relative: 1e-6 };

const activations: Activation[] = ["none", "relu", "gelu", "quickGelu", "sigmoid"];

/** Up to four sides of 1 to 7. */
function anyShape(draw: Random): number[] {
  return Array.from({ length: integer(draw, 1, 4) }, () => integer(draw, 1, 7));
}

const shapes = [
  [1],
  [63],
  [65],
  [1, 1, 1, 1],
  [2, 5, 3, 7],
  [1, 1, 67, 1],
  [4, 33],
  [2, 3, 5, 8],
  [1, 9, 68],
].map((shape) => ({
  shape,
}));

function line(low: number, high: number): TestTensor {
  const count = 4001;
  const data = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
  return { shape: [count], data };
}

describeGpu("activation", () => {
  it.each(activations)("computes %s over [-6, 6]", (kind) =>
    checkOp("activation", { x: line(-6, 6) }, { kind }, activationTolerance),
  );

  it.each(["relu", "gelu", "quickGelu", "sigmoid"] as const)("computes %s far from 0", async (kind) => {
    // Up to 1000 a unit in the last place is 6e-5.
    await checkOp("activation", { x: line(-1000, 1000) }, { kind }, { absolute: 1e-6, relative: 2e-7 });
    await checkOp("activation", { x: line(-1000, 0) }, { kind }, activationTolerance);
  });

  it(`computes 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const x: TestTensor = { shape: anyShape(draw), range: [-6, 6] };
      await checkOp("activation", { x }, { kind: pick(draw, activations) }, activationTolerance, seed + i);
    }
  });
});

describeGpu("add", () => {
  const check = (a: number[], b: number[], drawn = 1) =>
    checkOp("add", { a: { shape: a }, b: { shape: b } }, {}, exact, drawn);

  it.each(shapes)("adds one shape, $shape", ({ shape }) => check(shape, shape));

  it.each([
    { a: [3, 5, 7], b: [5, 7] },
    { a: [3, 5, 7], b: [1, 1, 7] },
    { a: [9, 65], b: [65] },
    { a: [4, 1], b: [1] },
  ])("repeats b: $a + $b", ({ a, b }) => check(a, b));

  it(`adds 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const a = anyShape(draw);
      await check(a, a.slice(integer(draw, 0, a.length - 1)), seed + i);
    }
  });
});

describeGpu("multiply", () => {
  const check = (a: number[], b: number[], drawn = 1) =>
    checkOp("multiply", { a: { shape: a }, b: { shape: b } }, {}, exact, drawn);

  it.each(shapes)("multiplies one shape, $shape", ({ shape }) => check(shape, shape));

  it.each(shapes)("gates all channels of $shape", ({ shape }) => check(shape, [...shape.slice(0, -1), 1]));

  it(`multiplies 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const a = anyShape(draw);
      await check(a, [...a.slice(0, -1), pick(draw, [1, a[a.length - 1]])], seed + i);
    }
  });
});

describeGpu("absoluteDifference", () => {
  const check = (shape: number[], smooth: boolean, drawn = 1) =>
    checkOp(
      "absoluteDifference",
      { a: { shape }, b: { shape } },
      { smooth },
      smooth ? smoothTolerance : exact,
      drawn,
    );

  it.each(shapes)("computes $shape", async ({ shape }) => {
    await check(shape, false);
    await check(shape, true);
  });

  it("is 1e-6 for equal inputs when smooth", () => {
    const same: TestTensor = { shape: [3], data: new Float32Array([0, 0.25, -3]) };
    return checkOp("absoluteDifference", { a: same, b: same }, { smooth: true }, smoothTolerance);
  });

  it(`computes 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) await check(anyShape(draw), draw() < 0.5, seed + i);
  });
});

describeGpu("concat", () => {
  const check = (rows: number[], channels: number[], drawn = 1) =>
    checkOp("concat", { parts: channels.map((count) => ({ shape: [...rows, count] })) }, {}, exact, drawn);

  it.each([[[1]], [[5]], [[1, 1]], [[64, 1, 3]], [[7, 9, 2, 5]], [[4, 8, 64]], [[4, 6, 2, 4]]])(
    "joins %j channels",
    async (channels) => {
      await check([2, 3, 5], channels);
      await check([1], channels);
    },
  );

  it(`joins 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const channels = Array.from({ length: integer(draw, 1, 5) }, () => integer(draw, 1, 9));
      await check(anyShape(draw).slice(0, 3), channels, seed + i);
    }
  });
});

describeGpu("slice", () => {
  const check = (shape: number[], start: number, count: number, drawn = 1) =>
    checkOp("slice", { x: { shape } }, { start, count }, exact, drawn);

  it.each([
    [0, 1],
    [0, 10],
    [9, 1],
    [3, 5],
  ])("takes channels from %i on, %i of them", async (start, count) => {
    await check([2, 3, 5, 10], start, count);
    await check([10], start, count);
    await check([3, 40], 4 * start, 4 * count);
  });

  it(`slices 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = anyShape(draw);
      const start = integer(draw, 0, shape[shape.length - 1] - 1);
      await check(shape, start, integer(draw, 1, shape[shape.length - 1] - start), seed + i);
    }
  });
});
