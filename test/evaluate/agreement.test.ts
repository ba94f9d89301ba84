import { describe, expect, test } from "vitest";
import {
  agreementOf,
  type Judged,
  ladderSrcc,
  laddersOf,
  marginOf,
  steps,
} from "../../tools/evaluate/agreement.js";
import { judged } from "./pictures.js";

const score = ({ nr }: Judged) => nr.score;
const strengths = [0.2, 0.4, 0.6, 0.8, 1];

/** A photograph and its ladder under one distortion with these NR scores, the pristine's first. */
function ladder(photograph: string, distortion: string, [top, ...scores]: number[]): Judged[] {
  const scored = (value: number) => ({ nr: { score: value, readings: [] } });
  return [
    judged(photograph, null, 0, scored(top)),
    ...strengths.map((strength, i) => judged(photograph, distortion, strength, scored(scores[i]))),
  ];
}

describe("ladders", () => {
  test("are by photograph and distortion, in the order of strength", () => {
    const pictures = ladder("a", "blur", [1, 0.9, 0.8, 0.7, 0.6, 0.5]).reverse();
    const [{ photograph, distortion, pristine, rungs }] = laddersOf(pictures);
    expect([photograph, distortion, pristine.nr.score]).toEqual(["a", "blur", 1]);
    expect(rungs.map(({ strength }) => strength)).toEqual(strengths);
  });

  test.each([
    ["falling", [1, 0.9, 0.8, 0.7, 0.6, 0.5], 1],
    ["rising", [1, 0.1, 0.2, 0.3, 0.4, 0.5], -1],
    // Ranks 5 3 4 2 1 for 5 4 3 2 1: 1 − 6·2/(5·24).
    ["two neighbours swapped", [1, 0.9, 0.6, 0.7, 0.5, 0.4], 0.9],
    ["constant", [1, 0.5, 0.5, 0.5, 0.5, 0.5], 0],
  ])("SRCC of a %s ladder", (_, scores, expected) => {
    const [only] = laddersOf(ladder("a", "blur", scores));
    expect(ladderSrcc(only, score)).toBeCloseTo(expected, 12);
  });
});

describe("agreement", () => {
  const pictures = [
    ...ladder("a", "blur", [1, 0.9, 0.8, 0.7, 0.6, 0.5]),
    ...ladder("b", "blur", [0.85, 0.9, 0.6, 0.7, 0.5, 0.4]),
  ];

  test("is over the distorted pictures, and of the ladders", () => {
    const agreement = agreementOf(pictures, score)!;
    expect(agreement.count).toBe(10);
    expect(agreement.ladder.mean).toBeCloseTo(0.95, 12);
    expect(agreement.ladder.least).toBeCloseTo(0.9, 12);
    expect(agreement.ladder.below).toBe(0);
    expect(agreement.top).toBe(0.5);
    expect(agreement.pristine).toEqual({ mean: 0.925, least: 0.85 });
    expect(agreement.interval[0]).toBeLessThanOrEqual(agreement.srcc);
    expect(agreement.interval[1]).toBeGreaterThanOrEqual(agreement.srcc);
  });

  test("of a perfect measure is 1, and its error 0", () => {
    const { srcc, plcc, rmse, interval } = agreementOf(pictures, ({ target }) => target)!;
    expect(srcc).toBeCloseTo(1, 12);
    expect(plcc).toBeCloseTo(1, 12);
    expect(rmse).toBe(0);
    expect(interval[0]).toBeCloseTo(1, 12);
  });

  test("leaves out what a measure does not know, and measures that know nothing", () => {
    const measure = (picture: Judged) => (picture.strength === 0.2 ? Number.NaN : picture.target);
    expect(agreementOf(pictures, measure)!.count).toBe(8);
    expect(agreementOf(pictures, ({ niqe }) => niqe ?? Number.NaN)).toBeUndefined();
  });

  test("a margin is against the best other measure of the task", () => {
    const agreements = {
      "bpclip FR": agreementOf(pictures, ({ fr }) => fr.score)!,
      PSNR: agreementOf(pictures, ({ psnr }) => psnr)!,
    };
    const margin = marginOf(pictures, agreements, "fr")!;
    expect(margin).toMatchObject({ against: "PSNR", ladderAgainst: "PSNR" });
    expect(margin.srcc).toBeCloseTo(0, 12);
    expect(marginOf(pictures, agreements, "nr")).toBeUndefined();
  });
});

test("the steps of a distortion begin with every pristine picture", () => {
  const pictures = [
    ...ladder("a", "blur", [1, 0.9, 0.8, 0.7, 0.6, 0.5]),
    ...ladder("b", "noise", [0.9, 0.9, 0.8, 0.7, 0.6, 0.5]),
  ];
  expect(steps(pictures, "blur").map((group) => group.length)).toEqual([2, 1, 1, 1, 1, 1]);
});
