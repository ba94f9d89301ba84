import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("multiplies by the transpose of the weight, rows and outputs of odd count included", () => {
  const x = counting(1, 3, 2);
  const weight = tensor([3, 2], [1, 0, 0, 1, 2, 3]);
  const { shape, data } = compute("linear", { x, weight }, { activation: "none" });
  expect(shape).toEqual([1, 3, 3]);
  // Rows 0 1, 2 3, 4 5.
  expect([...data]).toEqual([0, 1, 3, 2, 3, 13, 4, 5, 23]);
});

test("bias and residual come before the activation", () => {
  const x = tensor([2, 1], [1, 2]);
  const weight = tensor([2, 1], [1, -1]);
  const bias = tensor([2], [0.5, 0]);
  const residual = tensor([2, 2], [0, 5, -9, 0]);
  const { data } = compute("linear", { x, weight, bias, residual }, { activation: "relu" });
  expect([...data]).toEqual([1.5, 4, 0, 0]);
});

test("sums in f64", () => {
  // In f32, 2^24 + 1 is 2^24, and the ones would be lost.
  const x = tensor([1, 4], [2 ** 24, 1, 1, -(2 ** 24)]);
  const weight = tensor([1, 4], [1, 1, 1, 1]);
  expect(compute("linear", { x, weight }, { activation: "none" }).data[0]).toBe(2);
});
