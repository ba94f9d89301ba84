import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("embedding reads rows, and the last for an id past the table", () => {
  const ids = { shape: [1, 4], data: Uint32Array.of(2, 0, 3, 0xffffffff) };
  const { shape, data } = compute("embedding", { ids, table: counting(3, 2) }, {});
  expect(shape).toEqual([1, 4, 2]);
  expect([...data]).toEqual([4, 5, 0, 1, 4, 5, 4, 5]);
});

test("tokenMean, plain, weighted and normalised", () => {
  const x = tensor([2, 2, 1], [1, 3, 10, 20]);
  const weights = tensor([2, 2, 1], [1, 3, 4, 0]);
  expect([...compute("tokenMean", { x }, { normalized: false }).data]).toEqual([2, 15]);
  expect([...compute("tokenMean", { x, weights }, { normalized: false }).data]).toEqual([5, 20]);
  expect([...compute("tokenMean", { x, weights }, { normalized: true }).data]).toEqual([2.5, 10]);
});

test("tokenMean keeps channels apart", () => {
  expect([...compute("tokenMean", { x: counting(1, 3, 2) }, { normalized: false }).data]).toEqual([2, 3]);
});

test("cosine of every row with every row, whatever their lengths", () => {
  const x = tensor([2, 2], [3, 4, -2, 0]);
  const y = tensor([3, 2], [0, 10, 1, 0, 0, 0]);
  const { shape, data } = compute("cosine", { x, y }, {});
  expect(shape).toEqual([2, 3]);
  expect([...data]).toEqual([0.8, 0.6, 0, 0, -1, 0].map(Math.fround));
});
