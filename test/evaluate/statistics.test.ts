import { expect, test } from "vitest";
import { bootstrap, mean, quantile } from "../../src/metrics/statistics.js";
import { auc, deviation } from "../../tools/evaluate/statistics.js";

test("AUC counts pairs, a tie half", () => {
  // Of 3×4 pairs: 0.9 wins 4; 0.5 wins over 0.1 and 0.3 and ties twice: 3; 0.2 wins over 0.1: 1.
  expect(auc([0.9, 0.5, 0.2], [0.1, 0.5, 0.5, 0.3])).toBeCloseTo(8 / 12, 12);
  expect(auc([2, 3], [0, 1])).toBe(1);
  expect(auc([0, 1], [2, 3])).toBe(0);
  expect(auc([1, 1], [1])).toBe(0.5);
  expect(auc([], [1])).toBeNaN();
  expect(auc([1], [])).toBeNaN();
});

test("quantiles lie between neighbours; the deviation is the population's", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([4, 1, 3, 2], 0)).toBe(1);
  expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  expect(quantile([7], 0.05)).toBe(7);
  expect(deviation([1, 3])).toBe(1);
});

test("the bootstrap is the same for the same seed, another for another, and holds the statistic", () => {
  const groups = Array.from({ length: 30 }, (_, i) => (i * 7) % 30);
  const first = bootstrap(groups, mean);
  expect(bootstrap(groups, mean)).toEqual(first);
  expect(bootstrap(groups, mean, { seed: 2 })).not.toEqual(first);
  const [low, high] = first;
  expect(low).toBeLessThan(14.5);
  expect(high).toBeGreaterThan(14.5);
  // The normal approximation: 1.96 · 8.66 / √30 = 3.1 to each side.
  expect(high - low).toBeGreaterThan(5);
  expect(high - low).toBeLessThan(7.5);
  expect(bootstrap([5], mean)).toEqual([5, 5]);
});
