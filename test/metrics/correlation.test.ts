/** Against SciPy 1.17.1 (pearsonr, spearmanr, kendalltau) and NumPy for the RMSE. */
import { expect, test } from "vitest";
import { krcc, plcc, rmse, srcc } from "../../src/metrics/correlation.js";
import { expectCode } from "../support/errors.js";
import { seededTensor } from "../support/seeded.js";

const a = [...seededTensor("text.features", [1000], 1)];
const b = [...seededTensor("text.features", [1000], 2)];

/** What is compared, x, y, PLCC, SRCC, KRCC, RMSE. */
const cases: [string, number[], number[], number, number, number, number][] = [
  [
    "six photographs",
    [0.1, 0.4, 0.35, 0.8, 0.75, 0.9],
    [12, 35, 41, 77, 80, 74],
    0.9682731480690707,
    0.7142857142857143,
    0.4666666666666666,
    58.34067334773114,
  ],
  [
    "ties in both lists",
    [1, 2, 2, 3, 3, 3, 4, 5, 5, 1],
    [2, 2, 1, 3, 4, 3, 3, 5, 4, 1],
    0.8619230879713553,
    0.8765822784810127,
    0.7692307692307692,
    Math.SQRT1_2,
  ],
  [
    "a descent with a tie",
    [1, 2, 3, 4, 5],
    [9, 7, 7, 2, -1],
    -0.9531160645787793,
    -0.9746794344808964,
    -0.9486832980505137,
    5.385164807134504,
  ],
  [
    "a thousand values",
    a,
    a.map((value, i) => 0.5 * value + 0.5 * b[i]),
    0.7116466307255136,
    0.7016618576618577,
    0.505025025025025,
    0.39207008635678536,
  ],
  [
    "a thousand values in few classes",
    a.map((value) => Math.floor(5 * value)),
    a.map((value, i) => Math.floor(5 * (value + b[i]))),
    0.7061014477743577,
    0.6978103602248538,
    0.5408151763034797,
    2.8472794032198525,
  ],
];

test.each(cases)("%s", (_, x, y, pearson, spearman, kendall, error) => {
  // 1e-12: both compute in double, and differ in the order of their sums.
  expect(plcc(x, y)).toBeCloseTo(pearson, 12);
  expect(srcc(x, y)).toBeCloseTo(spearman, 12);
  expect(krcc(x, y)).toBeCloseTo(kendall, 12);
  expect(rmse(x, y)).toBeCloseTo(error, 12);
});

test("far from zero, Pearson's loses no more than the values have lost already", () => {
  const x = a.map((value) => value + 1e6);
  const y = a.map((value, i) => b[i] - 2 * value - 1e6);
  // SciPy's sums are in another order, and a double at 1e6 has a step of 1e-10. One-pass formulas lose 1e-4 here.
  expect(plcc(x, y)).toBeCloseTo(-0.8903553766353621, 10);
  expect(srcc(x, y)).toBeCloseTo(-0.8960692520692521, 12);
  expect(krcc(x, y)).toBeCloseTo(-0.7037677677677677, 12);
});

test("a list agrees with itself fully, and with its negative not at all", () => {
  const negative = a.map((value) => -value);
  for (const measure of [plcc, srcc, krcc]) {
    expect(measure(a, a)).toBeCloseTo(1, 12);
    expect(measure(a, negative)).toBeCloseTo(-1, 12);
    expect(Math.abs(measure(a, a))).toBeLessThanOrEqual(1);
  }
  expect(rmse(a, a)).toBe(0);
});

test("Kendall's is that of counting every pair, at every length to 40", () => {
  for (let n = 5; n <= 40; n++) {
    const x = a.slice(0, n).map((value) => Math.round(4 * value));
    const y = b.slice(0, n).map((value) => Math.round(4 * value));
    let [balance, freeX, freeY] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        balance += Math.sign(x[i] - x[j]) * Math.sign(y[i] - y[j]);
        if (x[i] !== x[j]) freeX++;
        if (y[i] !== y[j]) freeY++;
      }
    }
    expect(krcc(x, y)).toBeCloseTo(balance / Math.sqrt(freeX * freeY), 12);
  }
});

test("infinities have ranks", () => {
  expect(srcc([-Infinity, 0, Infinity, Infinity], [1, 2, 3, 3])).toBeCloseTo(1, 12);
  expect(krcc([-Infinity, 0, Infinity, Infinity], [1, 2, 3, 3])).toBeCloseTo(1, 12);
});

test("undefined is NaN: constant, single, empty, and NaN among the values", () => {
  for (const measure of [plcc, srcc, krcc]) {
    expect(measure([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(measure([1, 2, 3], [0.1, 0.1, 0.1])).toBeNaN();
    expect(measure([1], [1])).toBeNaN();
    expect(measure([], [])).toBeNaN();
    expect(measure([1, Number.NaN, 3], [1, 2, 3])).toBeNaN();
  }
  expect(rmse([], [])).toBeNaN();
  expect(rmse([Number.NaN], [1])).toBeNaN();
});

test("takes typed arrays and leaves them as they are", () => {
  const x = Float32Array.of(3, 1, 2);
  expect(krcc(x, Float64Array.of(30, 10, 20))).toBeCloseTo(1, 12);
  expect(srcc(x, [30, 10, 20])).toBeCloseTo(1, 12);
  expect([...x]).toEqual([3, 1, 2]);
});

test("refuses lists of different lengths", async () => {
  for (const measure of [plcc, srcc, krcc, rmse]) {
    const error = await expectCode("INPUT_LENGTH", () => measure([1, 2], [1, 2, 3]));
    expect(error.message).toContain("2 and 3 values");
  }
});
