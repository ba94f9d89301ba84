import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("maxPool ignores what is outside the map", () => {
  // All negative: a border of zeros would win.
  const x = tensor([1, 3, 3, 1], [-9, -8, -7, -6, -5, -4, -3, -2, -1]);
  const { shape, data } = compute("maxPool", { x }, { size: 3, stride: 2, padding: 1 });
  expect(shape).toEqual([1, 2, 2, 1]);
  expect([...data]).toEqual([-5, -4, -2, -1]);
});

test("maxPool takes each channel alone", () => {
  const x = tensor([1, 2, 2, 2], [1, 8, 2, 7, 3, 6, 4, 5]);
  expect([...compute("maxPool", { x }, { size: 2, stride: 2, padding: 0 }).data]).toEqual([4, 8]);
});

test("adaptiveAvgPool: bins of 5 into 3 are 0-1, 1-3 and 3-4", () => {
  const x = tensor([1, 1, 5, 1], [1, 2, 4, 8, 16]);
  const { data } = compute("adaptiveAvgPool", { x }, { height: 1, width: 3 });
  expect([...data]).toEqual([1.5, 14 / 3, 12].map(Math.fround));
});

test("adaptiveAvgPool of a smaller map repeats its places", () => {
  const x = counting(1, 1, 2, 1);
  expect([...compute("adaptiveAvgPool", { x }, { height: 2, width: 4 }).data]).toEqual([
    0, 0, 1, 1, 0, 0, 1, 1,
  ]);
});

test("adaptiveAvgPool with a gate averages x · gate over the whole bin", () => {
  const x = counting(1, 2, 2, 2);
  const gate = tensor([1, 2, 2, 1], [0, 1, 0, 2]);
  // Channel 0: (2 + 12) / 4; channel 1: (3 + 14) / 4.
  expect([...compute("adaptiveAvgPool", { x, gate }, { height: 1, width: 1 }).data]).toEqual([3.5, 4.25]);
});
