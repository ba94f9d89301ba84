import { it } from "vitest";
import { checkOp, type TestTensor } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, pick, random } from "../support/random.js";

const seed = 20261123;

// Sums of up to 600 numbers as trees of 64 short sums: some 16 roundings of 2⁻²⁴ each, of results of a few units.
const tolerance: Tolerance = { absolute: 1e-6, relative: 1e-6 };

// Where a row's numbers are almost equal, the mean's rounding by 2⁻²⁴ is divided by √eps = 3e-3, and grows to 2e-5.
const narrowTolerance: Tolerance = { absolute: 3e-5, relative: 0 };

// With a mean of 1000 and a spread of 1, x itself is known to 3e-5, and the mean is a sum of such numbers.
const offsetTolerance: Tolerance = { absolute: 3e-4, relative: 0 };

// exp of a number of up to 200: WGSL allows 3 + 2·|x| units in the last place where the result is not negligible, and
// scale · x itself is rounded by 2⁻²⁴ of 100.
const softmaxTolerance: Tolerance = { absolute: 2e-5, relative: 0 };

const widths = [1, 2, 63, 64, 65, 160, 257, 600];

describeGpu("layerNorm", () => {
  const check = (shape: number[], range: [number, number], allowed: Tolerance, drawn = 1) => {
    const channels = [shape[shape.length - 1]];
    const weight: TestTensor = { shape: channels, parameter: true };
    return checkOp("layerNorm", { x: { shape, range }, weight, bias: weight }, { eps: 1e-5 }, allowed, drawn);
  };

  it.each(widths)("normalises rows of %i", (width) => check([2, 3, width], [-1, 1], tolerance));

  it("does not cancel where the mean is far from 0", () => check([5, 300], [999, 1001], offsetTolerance));

  it(`normalises 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 3), integer(draw, 1, 9), integer(draw, 1, 200)];
      await check(shape, [-1, 1], narrowTolerance, seed + i);
    }
  });
});

describeGpu("softmax", () => {
  const check = (shape: number[], scale: number, drawn = 1) =>
    checkOp("softmax", { x: { shape } }, { scale }, softmaxTolerance, drawn);

  it.each(widths)("computes rows of %i", async (width) => {
    await check([3, width], 1);
    await check([3, width], 100);
    await check([3, width], -10);
  });

  it("does not overflow", () => {
    const x: TestTensor = { shape: [2, 3], data: new Float32Array([1e4, 1e4, 0, -1e4, -1e4, -1e4]) };
    return checkOp("softmax", { x }, { scale: 100 }, softmaxTolerance);
  });

  it(`computes 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 9), integer(draw, 1, 200)];
      await check(shape, pick(draw, [1, -1, 0.125, 100]), seed + i);
    }
  });
});

describeGpu("l2Normalize", () => {
  const check = (x: TestTensor, drawn = 1) => checkOp("l2Normalize", { x }, {}, tolerance, drawn);

  it.each(widths)("normalises rows of %i", (width) => check({ shape: [2, 3, width] }));

  it("leaves zeros, and what is shorter than 1e-12 short", async () => {
    await check({ shape: [2, 2], data: new Float32Array([0, 0, 3e-13, -4e-13]) });
  });

  it(`normalises 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      await check({ shape: [integer(draw, 1, 9), integer(draw, 1, 200)] }, seed + i);
    }
  });
});
