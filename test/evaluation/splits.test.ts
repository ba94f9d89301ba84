import { expect, test } from "vitest";
import { agreementOverSplits } from "../../src/evaluation/splits.js";
import { measuresOf } from "../../src/metrics/agreement.js";

/** Scores beside opinions of 1, 2, 3 and so on. */
const rated = (scores: number[]) => scores.map((score, i) => ({ score, mos: i + 1, group: String(i) }));
// Spearman's correlations, by hand: 1 − 6 Σd² / (n (n² − 1)) = 1, 0.8 and −1.
const splits = [rated([1, 2, 3, 4]), rated([1, 3, 2, 4]), rated([4, 3, 2, 1])];

test("mean, deviation with n − 1, and median over splits", () => {
  const { srcc } = agreementOverSplits(splits);
  expect(srcc.values[0]).toBeCloseTo(1, 12);
  expect(srcc.values[1]).toBeCloseTo(0.8, 12);
  expect(srcc.values[2]).toBeCloseTo(-1, 12);
  expect(srcc.mean).toBeCloseTo(0.8 / 3, 12);
  // √(((1 − m)² + (0.8 − m)² + (−1 − m)²) / 2)
  expect(srcc.deviation).toBeCloseTo(1.101514, 6);
  expect(srcc.median).toBeCloseTo(0.8, 12);
});

test("every measure is a split's own", () => {
  const spreads = agreementOverSplits(splits);
  const first = measuresOf(splits[0]);
  for (const [name, { values }] of Object.entries(spreads)) {
    expect(values[0]).toEqual(first[name as keyof typeof first]);
  }
});

test("what is not defined of one split is not defined of all", () => {
  const { srcc, rmse } = agreementOverSplits([splits[0], rated([2, 2, 2, 2])]);
  expect(srcc.mean).toBeNaN();
  expect(srcc.deviation).toBeNaN();
  expect(rmse.mean).toBeGreaterThan(0);
});
