import { it } from "vitest";
import { checkOp } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, random } from "../support/random.js";

const seed = 20261123;

// A copy rounds nothing.
const exact: Tolerance = { absolute: 0, relative: 0 };

// 16 products of numbers below 1, with weights of a polynomial of terms up to 6: some 20 roundings of up to 6·2⁻²⁴.
const tolerance: Tolerance = { absolute: 3e-6, relative: 0 };

describeGpu("positionCode", () => {
  const check = (size: number, half: number, drawn = 1) =>
    checkOp(
      "positionCode",
      { h: { shape: [size, half], parameter: true }, w: { shape: [size, half] } },
      {},
      exact,
      drawn,
    );

  it.each([
    [1, 1],
    [7, 32],
    [5, 3],
    [2, 65],
  ])("lays out a map of side %i with 2·%i channels", (size, half) => check(size, half));

  it(`lays out 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) await check(integer(draw, 1, 12), integer(draw, 1, 40), seed + i);
  });
});

describeGpu("resizeBicubic", () => {
  const check = (shape: number[], height: number, width: number, drawn = 1) =>
    checkOp("resizeBicubic", { x: { shape } }, { height, width }, tolerance, drawn);

  it.each([
    { shape: [1, 12, 12, 16], size: [7, 7] },
    { shape: [1, 12, 12, 3], size: [12, 12] },
    { shape: [1, 12, 12, 3], size: [16, 64] },
    { shape: [2, 5, 7, 1], size: [10, 14] },
    { shape: [1, 1, 1, 2], size: [5, 3] },
    { shape: [1, 1, 9, 1], size: [1, 4] },
    { shape: [1, 9, 1, 1], size: [4, 1] },
    { shape: [1, 3, 2, 5], size: [1, 1] },
  ])("resizes $shape to $size", ({ shape, size: [height, width] }) => check(shape, height, width));

  it(`resizes 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 2), integer(draw, 1, 14), integer(draw, 1, 14), integer(draw, 1, 6)];
      await check(shape, integer(draw, 1, 20), integer(draw, 1, 20), seed + i);
    }
  });
});
