import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("positionCode: h by row, then w by column", () => {
  const h = tensor([2, 1], [1, 2]);
  const w = tensor([2, 1], [10, 20]);
  const { shape, data } = compute("positionCode", { h, w }, {});
  expect(shape).toEqual([1, 2, 2, 2]);
  expect([...data]).toEqual([1, 10, 1, 20, 2, 10, 2, 20]);
});

test("resizeBicubic to the same size changes nothing", () => {
  const x = counting(1, 3, 4, 2);
  expect([...compute("resizeBicubic", { x }, { height: 3, width: 4 }).data]).toEqual([...x.data]);
});

test("resizeBicubic doubles a line with weights at distances of 1/4 steps", () => {
  // Place 1 of 4 lies at 0.25: distances 1.25, 0.25, 0.75, 1.75 with a = −0.75 weigh
  // −0.10546875, 0.87890625, 0.26171875, −0.03515625; places −1 and 2 are clamped to 0 and 1.
  const x = tensor([1, 1, 2, 1], [0, 1]);
  const { data } = compute("resizeBicubic", { x }, { height: 1, width: 4 });
  expect([...data]).toEqual([-0.10546875, 0.2265625, 0.7734375, 1.10546875]);
});

test("resizeBicubic keeps a constant, whatever the sizes", () => {
  const x = tensor([1, 2, 3, 1], Array(6).fill(0.7));
  for (const value of compute("resizeBicubic", { x }, { height: 5, width: 2 }).data) {
    // The weights sum to 1 to f64 rounding, so the result is the same f32.
    expect(value).toBe(Math.fround(0.7));
  }
});
