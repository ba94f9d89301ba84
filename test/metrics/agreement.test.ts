/** Measures and fits against SciPy's (tools/train/metric_goldens.py), and intervals against simulation. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { agreementOf, type MeasureName, measureNames, type Rated } from "../../src/metrics/agreement.js";
import { plcc, srcc } from "../../src/metrics/correlation.js";
import { fitLogistic } from "../../src/metrics/logistic.js";
import { bootstrapAll, groupBy } from "../../src/metrics/statistics.js";
import { normal, random } from "../../src/random.js";
import { expectCode } from "../support/errors.js";

interface Golden {
  scores: number[];
  opinions: number[];
  measures: Record<MeasureName, number>;
}

const file = new URL("../goldens/metrics.json", import.meta.url);
const { cases }: { cases: Record<string, Golden> } = JSON.parse(readFileSync(file, "utf8"));

/** A curve of five parameters through nearly straight points has no least squares: it gets better the flatter it is. */
const tolerances: Record<string, number> = { "nearly linear": 1e-6 };

test.each(Object.entries(cases))("%s: equal to SciPy's to 1e-9", (name, { scores, opinions, measures }) => {
  const rated = scores.map((score, i) => ({ score, mos: opinions[i], group: String(i) }));
  const agreement = agreementOf(rated, { times: 20 });
  expect(agreement.count).toBe(scores.length);
  for (const measure of measureNames) {
    const tolerance = (measure.endsWith("5") && tolerances[name]) || 1e-9;
    expect(Math.abs(agreement[measure].value - measures[measure]), measure).toBeLessThan(tolerance);
  }
});

describe("fitted curves", () => {
  const { scores, opinions } = cases.curved;

  test("find what a curve was made by", () => {
    const four = (x: number) => (4.5 - 1.2) / (1 + Math.exp(-(x - 40) / 7)) + 1.2;
    const x = Array.from({ length: 50 }, (_, i) => 2 * i);
    const fit = fitLogistic(x, x.map(four), 4)!;
    for (const value of [0, 33, 41.7, 99]) expect(fit.predict(value)).toBeCloseTo(four(value), 8);
  });

  test("go on from an earlier fit to the same minimum", () => {
    const fit = fitLogistic(scores, opinions, 5)!;
    const again = fitLogistic(scores, opinions, 5, { start: fit })!;
    expect(again.predict(0.4)).toBeCloseTo(fit.predict(0.4), 9);
  });

  test("are none for too few values, scores that are all alike, or what is not finite", () => {
    expect(fitLogistic([1, 2, 3, 4], [1, 2, 3, 4], 4)).toBeUndefined();
    expect(fitLogistic([1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6], 4)).toBeUndefined();
    expect(fitLogistic([1, 2, 3, 4, 5, Number.NaN], [1, 2, 3, 4, 5, 6], 4)).toBeUndefined();
  });

  test("want lists of one length", () => expectCode("INPUT_LENGTH", () => fitLogistic([1], [1, 2], 4)));
});

test("what is not defined is NaN, with an interval of NaN", () => {
  const rated = Array.from({ length: 10 }, (_, i) => ({ score: 1, mos: i / 10, group: String(i) }));
  const { srcc, plcc4, rmse } = agreementOf(rated, { times: 20 });
  expect(srcc.value).toBeNaN();
  expect(srcc.interval).toEqual([Number.NaN, Number.NaN]);
  expect(plcc4.value).toBeNaN();
  expect(rmse.value).toBeGreaterThan(0);
});

test("the same pictures give the same intervals", () => {
  const { scores, opinions } = cases["few and weak"];
  const rated = scores.map((score, i) => ({ score, mos: opinions[i], group: String(i) }));
  expect(agreementOf(rated, { times: 50 }).srcc).toEqual(agreementOf(rated, { times: 50 }).srcc);
});

describe("intervals in simulation", () => {
  const simulations = 200;
  const draw = random(1, "simulation");

  const correlations = (rated: readonly Rated[]) => {
    const [scores, opinions] = [rated.map(({ score }) => score), rated.map(({ mos }) => mos)];
    return { plcc: plcc(scores, opinions), srcc: srcc(scores, opinions) };
  };

  /** The share of simulated lists whose interval holds the true value. */
  function coverage(
    truth: Partial<Record<"plcc" | "srcc", number>>,
    make: () => Rated[],
    groupOf: (rated: Rated) => string,
  ): Record<string, number> {
    const held: Record<string, number> = {};
    for (let s = 0; s < simulations; s++) {
      const rated = make().map((picture) => ({ ...picture, group: groupOf(picture) }));
      const groups = [...groupBy(rated, ({ group }) => group).values()];
      const found = bootstrapAll(groups, (drawn) => correlations(drawn.flat()), { times: 120, seed: s });
      for (const [name, value] of Object.entries(truth)) {
        const [low, high] = found[name as "plcc" | "srcc"];
        held[name] = (held[name] ?? 0) + Number(low <= value && value <= high) / simulations;
      }
    }
    return held;
  }

  test("hold the true correlation of independent pictures 95 times in 100", () => {
    const rho = 0.8;
    const make = () =>
      Array.from({ length: 100 }, (_, i) => {
        const mos = normal(draw);
        return { mos, score: rho * mos + Math.sqrt(1 - rho ** 2) * normal(draw), group: String(i) };
      });
    // Spearman's of the normal distribution follows from Pearson's.
    const truth = { plcc: rho, srcc: (6 / Math.PI) * Math.asin(rho / 2) };
    const held = coverage(truth, make, ({ group }) => group);
    // Of 200 simulations the standard error is 0.015; the percentile bootstrap errs a little to the low side.
    for (const share of Object.values(held)) expect(share).toBeGreaterThan(0.9);
    for (const share of Object.values(held)) expect(share).toBeLessThan(0.985);
  });

  test("do so for pictures of common references when groups are drawn, and not when pictures are", () => {
    // Score and opinion share an error of each reference: 40 references of 6 pictures.
    const make = () =>
      Array.from({ length: 40 }, (_, r) => {
        const common = normal(draw);
        const other = normal(draw);
        return Array.from({ length: 6 }, (_, i) => {
          const quality = normal(draw);
          return {
            mos: quality + common + 0.5 * normal(draw),
            score: quality + other + 0.5 * normal(draw),
            group: `${r} ${i}`,
          };
        });
      }).flat();
    // Covariance 1, variances 1 + 1 + 0.25.
    const truth = { srcc: (6 / Math.PI) * Math.asin(1 / 2.25 / 2) };
    const byReference = coverage(truth, make, ({ group }) => group.split(" ")[0]);
    const byPicture = coverage(truth, make, ({ group }) => group);
    expect(byReference.srcc).toBeGreaterThan(0.9);
    expect(byReference.srcc).toBeLessThan(0.985);
    expect(byPicture.srcc).toBeLessThan(byReference.srcc - 0.05);
  });
});

test("each draw is told, in turn", () => {
  const rated = Array.from({ length: 10 }, (_, i) => ({ score: i % 4, mos: i / 10, group: String(i) }));
  const told: [number, number][] = [];
  agreementOf(rated, { times: 3, onDraw: (...draw) => told.push(draw) });
  expect(told).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});
