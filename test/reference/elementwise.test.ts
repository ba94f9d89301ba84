import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("add repeats b over a's leading dimensions", () => {
  const a = counting(2, 2, 2);
  expect([...compute("add", { a, b: tensor([2], [10, 20]) }, {}).data]).toEqual([
    10, 21, 12, 23, 14, 25, 16, 27,
  ]);
  const whole = tensor([1, 2, 2], [1, 2, 3, 4]);
  expect([...compute("add", { a, b: whole }, {}).data]).toEqual([1, 3, 5, 7, 5, 7, 9, 11]);
});

test("multiply by a tensor of the same shape, and by a gate", () => {
  const a = counting(1, 1, 2, 3);
  expect([...compute("multiply", { a, b: a }, {}).data]).toEqual([0, 1, 4, 9, 16, 25]);
  const gate = tensor([1, 1, 2, 1], [2, -1]);
  expect([...compute("multiply", { a, b: gate }, {}).data]).toEqual([0, 2, 4, -3, -4, -5]);
});

test("absoluteDifference, exact and smooth", () => {
  const [a, b] = [tensor([3], [1, 5, 2]), tensor([3], [4, 1, 2])];
  expect([...compute("absoluteDifference", { a, b }, { smooth: false }).data]).toEqual([3, 4, 0]);
  // 1e-12 is below f32's resolution of 9 and of 16, and is all there is where they are equal.
  expect([...compute("absoluteDifference", { a, b }, { smooth: true }).data]).toEqual([
    3,
    4,
    Math.fround(1e-6),
  ]);
});

test("concat and slice along the last dimension undo each other", () => {
  const parts = [counting(1, 2, 1), tensor([1, 2, 2], [10, 11, 12, 13])];
  const joined = compute("concat", { parts }, {});
  expect(joined.shape).toEqual([1, 2, 3]);
  expect([...joined.data]).toEqual([0, 10, 11, 1, 12, 13]);
  expect([...compute("slice", { x: joined }, { start: 1, count: 2 }).data]).toEqual([10, 11, 12, 13]);
});

test("reshape keeps the numbers in their order", () => {
  const { shape, data } = compute("reshape", { x: counting(1, 2, 3) }, { shape: [3, 2] });
  expect(shape).toEqual([3, 2]);
  expect([...data]).toEqual([0, 1, 2, 3, 4, 5]);
});
