import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

test("batchNorm, a channel at a time", () => {
  const x = tensor([1, 1, 2, 2], [1, 10, 3, 40]);
  const [weight, bias] = [tensor([2], [2, -1]), tensor([2], [5, 0])];
  const [mean, variance] = [tensor([2], [1, 20]), tensor([2], [3, 99])];
  const { data } = compute("batchNorm", { x, weight, bias, mean, variance }, { eps: 1 });
  expect([...data]).toEqual([5, 1, 7, -2]);
});

test("layerNorm divides the variance by C, with eps under the root", () => {
  const x = tensor([2, 2], [1, 7, 4, 4]);
  const [weight, bias] = [tensor([2], [10, 20]), tensor([2], [0, 1])];
  // The variance of 1 and 7 is 9, and 9 + 16 is 5².
  expect([...compute("layerNorm", { x, weight, bias }, { eps: 16 }).data]).toEqual(
    [-6, 13, 0, 1].map(Math.fround),
  );
});

test("softmax along the last dimension, with its scale", () => {
  const x = tensor([3, 2], [0, Math.log(3) / 2, 5, 5, 5000, -5000]);
  const { data } = compute("softmax", { x }, { scale: 2 });
  // The logarithm in f32 is off by at most 3e-8, and a probability moves by less than a logit.
  [0.25, 0.75, 0.5, 0.5, 1, 0].forEach((value, i) => {
    expect(Math.abs(data[i] - value)).toBeLessThan(1e-7);
  });
});

test("l2Normalize gives each row length 1, and leaves zeros", () => {
  const x = tensor([3, 2], [3, -4, 0, 0, 0, 1e-20]);
  const { data } = compute("l2Normalize", { x }, {});
  expect([...data]).toEqual([0.6, -0.8, 0, 0, 0, 1e-8].map(Math.fround));
});

test("an op on a map normalises each place alone", () => {
  const x = counting(1, 2, 2, 3);
  const [weight, bias] = [tensor([3], [1, 1, 1]), tensor([3], [0, 0, 0])];
  const { data } = compute("layerNorm", { x, weight, bias }, { eps: 0 });
  // Every place is t, t + 1, t + 2, of variance 2/3.
  const side = Math.fround(Math.sqrt(1.5));
  expect([...data]).toEqual(Array(4).fill([-side, 0, side]).flat());
});
