import { describe, expect, test } from "vitest";
import { adjectiveResults } from "../../tools/evaluate/adjectives.js";
import type { Judged } from "../../tools/evaluate/agreement.js";
import { relationOf, selectivityOf } from "../../tools/evaluate/dimensions.js";
import { dimensions, dimensionsOf } from "../../tools/evaluate/readings.js";
import { judged, readings } from "./pictures.js";

/** A ladder of three strengths whose readings go from 0.5 to these. */
function ladder(distortion: string, full: Record<string, number>): Judged[] {
  return [0.2, 0.6, 1].map((strength) => {
    const at = Object.entries(full).map(([word, value]) => [word, 0.5 + strength * (value - 0.5)]);
    return judged("a", distortion, strength, { readings: readings(Object.fromEntries(at)) });
  });
}

describe("adjectives", () => {
  const pictures = [
    judged("a", null, 0),
    ...ladder("blur", { sharp: 0.1 }),
    ...ladder("brighten", { bright: 0.9 }),
    ...ladder("slight", { bright: 0.6 }),
    ...ladder("noise", { clean: 0.1 }),
  ];
  const results = adjectiveResults(pictures, ["blur", "brighten", "slight", "noise"]);
  const of = (word: string) => results.find((result) => result.word === word)!;

  test("are all 40, and say which distortions are their own", () => {
    expect(results).toHaveLength(40);
    expect(of("soft")).toMatchObject({ distortions: ["blur"], raised: true });
    expect(of("sharp")).toMatchObject({ distortions: ["blur"], raised: false });
    expect(of("bright")).toMatchObject({ distortions: ["brighten"], raised: true });
    expect(of("dark")).toMatchObject({ distortions: ["brighten"], raised: false });
  });

  test("are perfect where the readings are the targets", () => {
    for (const word of ["soft", "sharp", "bright", "dark", "noisy", "clean"]) {
      expect(of(word).auc).toEqual({ nr: 1, fr: 1 });
    }
  });

  test("are turned round where the readings are", () => {
    const turned = pictures.map((picture) => ({
      ...picture,
      nr: { ...picture.nr, readings: picture.readings.map((p) => 1 - p) },
    }));
    const result = adjectiveResults(turned, ["blur", "brighten", "slight", "noise"]);
    for (const word of ["soft", "sharp"]) {
      expect(result.find((r) => r.word === word)!.auc).toEqual({ nr: 0, fr: 1 });
    }
  });

  test("without distortions of their own are not tested", () => {
    expect(of("vivid").distortions).toEqual([]);
    expect(of("vivid").auc.nr).toBeNaN();
  });
});

describe("dimensions", () => {
  test("are the means of their pairs", () => {
    const picture = judged("a", "blur", 1, {
      readings: readings({ clear: 0.1, sharp: 0.3, crisp: 0.5, detailed: 0.7 }),
    });
    expect(dimensions[0]).toBe("sharpness");
    expect(dimensionsOf(picture, "target")[0]).toBeCloseTo(0.4, 12);
    expect(dimensionsOf(picture, "nr")[1]).toBeCloseTo(0.5, 12);
  });

  test.each([
    [-0.11, "own"],
    [0.11, "own"],
    [0.1, "between"],
    [-0.03, "between"],
    [0.029, "unrelated"],
    [0, "unrelated"],
  ])("a target change of %f is %s", (change, relation) => {
    expect(relationOf(change)).toBe(relation);
  });

  test("selectivity counts own moves in the right direction, and lists loud unrelated ones", () => {
    const row = (distortion: string, target: number[], nr: number[]) => ({ distortion, target, nr, fr: nr });
    const selectivity = selectivityOf(
      [
        row("quiet", [-0.5, -0.2, 0.05, 0, 0, 0], [-0.4, 0.1, 0.4, 0.1, 0, -0.1]),
        row("loud", [-0.5, 0, 0, 0, 0, 0], [-0.2, 0, 0, -0.1, 0, 0]),
        row("without own", [0.05, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]),
      ],
      "nr",
    );
    expect(selectivity.own).toBe(3);
    expect(selectivity.right).toBeCloseTo(2 / 3, 12);
    expect(selectivity).toMatchObject({ distortions: 2, selective: 0.5 });
    expect(selectivity.failures).toEqual([{ distortion: "loud", ratio: 0.5 }]);
  });
});
