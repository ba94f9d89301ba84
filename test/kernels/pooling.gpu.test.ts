import { it } from "vitest";
import { checkOp } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { planFor } from "../support/plan-for.js";
import { integer, random } from "../support/random.js";

const seed = 20261123;

// A maximum rounds nothing.
const exact: Tolerance = { absolute: 0, relative: 0 };

// A mean of up to 1155 numbers of mixed signs below 1: partial sums stay around 20, so each addition rounds by about
// 20·2⁻²⁴, and the count of additions is divided by again.
const meanTolerance: Tolerance = { absolute: 1e-6, relative: 0 };

describeGpu("maxPool", () => {
  const check = (shape: number[], size: number, stride: number, padding: number, drawn = 1) =>
    // Below 0 only, so that padding counted as 0 would show.
    checkOp("maxPool", { x: { shape, range: [-2, -1] } }, { size, stride, padding }, exact, drawn);

  it.each([
    [3, 2, 1],
    [2, 2, 0],
    [1, 1, 0],
    [3, 1, 1],
    [5, 3, 2],
  ])("pools windows of %i, stride %i, padding %i", async (size, stride, padding) => {
    await check([1, 9, 11, 8], size, stride, padding);
    await check([3, 7, 6, 5], size, stride, padding);
  });

  it.each([
    [1, 1, 1, 1],
    [1, 1, 17, 1],
    [1, 17, 1, 3],
    [2, 2, 2, 65],
  ])("pools maps of %i×%i×%i×%i as the stem does", (...shape) => check(shape, 3, 2, 1));

  it(`pools 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const size = integer(draw, 1, 5);
      const shape = [
        integer(draw, 1, 2),
        integer(draw, size, 12),
        integer(draw, size, 12),
        integer(draw, 1, 9),
      ];
      await check(shape, size, integer(draw, 1, 3), integer(draw, 0, size - 1), seed + i);
    }
  });
});

describeGpu.each([
  { adapter: "the adapter under test", family: undefined },
  // Software adapters do not split the sums of large bins, so that has to be asked for.
  { adapter: "a GPU", family: "nvidia" },
])("adaptiveAvgPool as on $adapter", ({ family }) => {
  planFor(family);

  const check = (shape: number[], height: number, width: number, gated: boolean, drawn = 1) =>
    checkOp(
      "adaptiveAvgPool",
      {
        x: { shape },
        gate: gated ? { shape: [...shape.slice(0, 3), 1], range: [0, 1] as [number, number] } : undefined,
      },
      { height, width },
      meanTolerance,
      drawn,
    );

  it.each([
    { shape: [1, 14, 14, 32], size: [7, 7] },
    { shape: [1, 10, 13, 17], size: [7, 4] },
    { shape: [2, 33, 35, 16], size: [1, 1] },
    { shape: [1, 20, 31, 68], size: [2, 3] },
    { shape: [1, 20, 31, 18], size: [2, 3] },
    { shape: [2, 5, 6, 1], size: [5, 6] },
    { shape: [1, 3, 2, 5], size: [7, 5] },
    { shape: [1, 1, 1, 1], size: [1, 1] },
    { shape: [1, 1, 40, 3], size: [1, 7] },
    { shape: [1, 40, 1, 15], size: [7, 1] },
  ])("pools $shape to $size", async ({ shape, size: [height, width] }) => {
    await check(shape, height, width, false);
    await check(shape, height, width, true);
  });

  it(`pools 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 2), integer(draw, 1, 20), integer(draw, 1, 20), integer(draw, 1, 20)];
      await check(shape, integer(draw, 1, 8), integer(draw, 1, 8), draw() < 0.5, seed + i);
    }
  });
});
