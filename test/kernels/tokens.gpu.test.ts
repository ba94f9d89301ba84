import { it } from "vitest";
import { checkOp, type TestTensor } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, random } from "../support/random.js";

const seed = 20261123;

// A copy rounds nothing.
const exact: Tolerance = { absolute: 0, relative: 0 };

// Sums of up to 4096 numbers in 16 slices: at most some 270 roundings, each of 2⁻²⁴ of a sum that is divided by the
// count, or by a sum of weights of that order, at the end.
const meanTolerance: Tolerance = { absolute: 1e-6, relative: 1e-5 };

// A dot product of up to 1024 numbers, divided by the two lengths, which it cannot exceed: as a tree of 64 sums of 16.
const cosineTolerance: Tolerance = { absolute: 1e-6, relative: 0 };

describeGpu("embedding", () => {
  const check = (ids: number[], shape: number[], rows: number, channels: number, drawn = 1) =>
    checkOp(
      "embedding",
      { ids: { shape, data: Uint32Array.from(ids) }, table: { shape: [rows, channels], parameter: true } },
      {},
      exact,
      drawn,
    );

  it("reads rows, and the last one for ids past the table", () =>
    check([0, 4, 2, 5, 1000, 4294967295], [2, 3], 5, 7));

  it(`reads 200 random tables (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const rows = integer(draw, 1, 20);
      const shape = [integer(draw, 1, 3), integer(draw, 1, 9)];
      const ids = Array.from({ length: shape[0] * shape[1] }, () => integer(draw, 0, rows));
      await check(ids, shape, rows, integer(draw, 1, 70), seed + i);
    }
  });
});

describeGpu("tokenMean", () => {
  const check = (shape: number[], weighted: boolean, normalized: boolean, drawn = 1) => {
    // Weights as the sigmoid gives them, above 0: with mixed signs their sum could be as small as one likes.
    const weights: TestTensor | undefined = weighted ? { shape, range: [0.05, 1] } : undefined;
    return checkOp("tokenMean", { x: { shape }, weights }, { normalized }, meanTolerance, drawn);
  };

  it.each([
    [1, 1, 1],
    [1, 49, 64],
    [2, 17, 33],
    [3, 100, 1],
    [1, 4096, 20],
  ])("averages %i×%i×%i", async (...shape) => {
    await check(shape, false, false);
    await check(shape, true, false);
    await check(shape, true, true);
    await check(shape, false, true);
  });

  it(`averages 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 3), integer(draw, 1, 70), integer(draw, 1, 40)];
      await check(shape, draw() < 0.5, draw() < 0.5, seed + i);
    }
  });
});

describeGpu("cosine", () => {
  const check = (rows: number, columns: number, width: number, drawn = 1) =>
    checkOp(
      "cosine",
      { x: { shape: [rows, width] }, y: { shape: [columns, width], parameter: true } },
      {},
      cosineTolerance,
      drawn,
    );

  it.each([
    [1, 1, 1],
    [4, 40, 1024],
    [3, 5, 63],
    [5, 3, 65],
    [70, 2, 7],
  ])("compares %i rows with %i rows of %i", (rows, columns, width) => check(rows, columns, width));

  it("is 0 with a row of zeros", () =>
    checkOp(
      "cosine",
      { x: { shape: [1, 3], data: new Float32Array(3) }, y: { shape: [2, 3] } },
      {},
      cosineTolerance,
    ));

  it(`compares 200 random matrices (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      await check(integer(draw, 1, 6), integer(draw, 1, 9), integer(draw, 1, 200), seed + i);
    }
  });
});
