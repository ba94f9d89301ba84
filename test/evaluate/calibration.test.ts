import { expect, test } from "vitest";
import { calibrationBins, calibrationOf } from "../../tools/evaluate/calibration.js";
import { worstOf } from "../../tools/evaluate/failures.js";
import { movementOf, spreadOf } from "../../tools/evaluate/spread.js";
import { judged } from "./pictures.js";

test("bins are of equal width, hold means, and a target of 1 is in the last", () => {
  const points = [
    { target: 1, score: 0.9 },
    { target: 0, score: 0.2 },
    { target: 0.25, score: 0.4 },
    { target: 0.8, score: 0.7 },
  ];
  const bins = calibrationBins(points, 4);
  expect(bins.map(({ count }) => count)).toEqual([1, 1, 2]);
  expect(bins.map(({ target }) => target)).toEqual([0, 0.25, 0.9]);
  expect(bins.map(({ score }) => score)).toEqual([0.2, 0.4, 0.8]);
});

test("bias keeps the sign of the errors, the error does not", () => {
  const nr = (score: number) => ({ nr: { score, readings: [] } });
  const pictures = [judged("a", "blur", 0.5, nr(0.7)), judged("a", "blur", 1, nr(-0.1))];
  const { bias, error } = calibrationOf(pictures, "nr");
  expect(bias).toBeCloseTo(0.05, 12);
  expect(error).toBeCloseTo(0.15, 12);
});

test("the worst pictures come first, one of a distortion", () => {
  const fr = (score: number) => ({ fr: { score, readings: [] } });
  const pictures = [
    judged("a", "blur", 1, fr(0.3)),
    judged("b", "blur", 1, fr(0.5)),
    judged("a", "noise", 1, fr(0.4)),
    judged("a", null, 0, fr(0.9)),
  ];
  expect(worstOf(pictures, "fr").map(({ file }) => file)).toEqual([
    "b/blur-1.png",
    "a/noise-1.png",
    "a/null-0.png",
  ]);
  expect(worstOf(pictures, "fr", 1)).toHaveLength(1);
});

test("movement is of absolute changes, spread of percentiles", () => {
  expect(movementOf([0.5, 0.5], [0.25, 0.625])).toEqual({ mean: 0.1875, max: 0.25 });
  const { low, high, mean } = spreadOf(Array.from({ length: 101 }, (_, i) => i / 100));
  expect([low, high, mean].map((value) => Number(value.toFixed(9)))).toEqual([0.05, 0.95, 0.5]);
});
