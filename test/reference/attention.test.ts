import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("weighs values by the softmax of q·k/√(D/heads), a head at a time", () => {
  // Head 0 is channels 0 and 1: scores 0 and ln 3, weights 1/4 and 3/4. Head 1: equal scores.
  const r = Math.SQRT2 * Math.log(3);
  const q = tensor([1, 1, 4], [1, 0, 5, 5]);
  const k = tensor([1, 2, 4], [0, 7, 1, 1, r, 7, 2, 0]);
  const v = tensor([1, 2, 4], [4, 8, 2, 0, 8, 0, 4, 6]);
  const { data } = compute("attention", { q, k, v }, { heads: 2, causal: false });
  const expected = [7, 2, 3, 3];
  // r in f32 moves a score by at most 1e-7, a weight by less, and a value of 8 by less than 1e-6.
  expected.forEach((value, c) => {
    expect(Math.abs(data[c] - value)).toBeLessThan(1e-6);
  });
});

test("a causal mask hides later keys, and the residual is added", () => {
  const q = tensor([1, 3, 1], [0, 0, 0]);
  const k = counting(1, 3, 1);
  const v = tensor([1, 3, 1], [1, 3, 8]);
  const residual = tensor([1, 3, 1], [10, 20, 30]);
  const { data } = compute("attention", { q, k, v, residual }, { heads: 1, causal: true });
  // Equal scores: the mean of the values so far.
  expect([...data]).toEqual([11, 22, 34]);
});

test("keys may be of another count than queries, and pictures do not see each other", () => {
  const q = tensor([2, 1, 1], [0, 0]);
  const k = tensor([2, 2, 1], [1, 2, 3, 4]);
  const v = tensor([2, 2, 1], [1, 3, 10, 20]);
  expect([...compute("attention", { q, k, v }, { heads: 1, causal: false }).data]).toEqual([2, 15]);
});

test("large scores do not overflow", () => {
  const q = tensor([1, 1, 1], [1000]);
  const k = tensor([1, 2, 1], [1000, 999]);
  const v = tensor([1, 2, 1], [5, 7]);
  expect([...compute("attention", { q, k, v }, { heads: 1, causal: false }).data]).toEqual([5]);
});

test("a cut reads its channels among others", () => {
  const rows = tensor([1, 2, 6], [9, 0, 3, 9, 5, 9, 9, 0, 7, 9, 6, 9]);
  const cut = { width: 1, q: 1, k: 4, v: 2 };
  // q is 0 at both tokens, so that both get the mean of the values 3 and 7.
  const { data } = compute("attention", { q: rows, k: rows, v: rows }, { heads: 1, causal: false, cut });
  expect([...data]).toEqual([5, 5]);
});
