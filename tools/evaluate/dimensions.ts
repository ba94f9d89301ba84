/** Whether the dimensions move where they should, and stay where they should. */
import type { Judged, Mode } from "./agreement.js";
import { dimensionsOf, meanChange } from "./readings.js";
import { share } from "./statistics.js";

/** By the change of the mean target: a dimension is a distortion's own, unrelated to it, or neither. */
export type Relation = "own" | "between" | "unrelated";

export function relationOf(targetChange: number): Relation {
  const size = Math.abs(targetChange);
  return size > 0.1 ? "own" : size < 0.03 ? "unrelated" : "between";
}

/** Mean changes from the pristine at full strength; each list in the order of the dimensions. */
export interface DimensionChanges {
  distortion: string;
  target: number[];
  nr: number[];
  fr: number[];
}

export function dimensionChanges(
  pictures: readonly Judged[],
  distortions: readonly string[],
): DimensionChanges[] {
  return distortions.map((distortion) => {
    const change = (source: "target" | Mode) =>
      meanChange(pictures, distortion, (picture) => dimensionsOf(picture, source));
    return { distortion, target: change("target"), nr: change("nr"), fr: change("fr") };
  });
}

/** An unrelated dimension should move by less than this share of the largest own move. */
const quiet = 1 / 3;

export interface Selectivity {
  /** Own cells, and the share of them that move in the target's direction. */
  own: number;
  right: number;
  /** Distortions that have both own and unrelated dimensions, and the share of them whose ratio is below 1/3. */
  distortions: number;
  selective: number;
  /** The others: the largest unrelated move divided by the largest own move, the worst first. */
  failures: { distortion: string; ratio: number }[];
}

export function selectivityOf(rows: readonly DimensionChanges[], mode: Mode): Selectivity {
  const cells = rows.flatMap((row) =>
    row.target.map((target, d) => ({ relation: relationOf(target), target, change: row[mode][d] })),
  );
  const own = cells.filter(({ relation }) => relation === "own");
  const ratios = rows.flatMap((row) => {
    const largest = (relation: Relation) =>
      Math.max(...row[mode].filter((_, d) => relationOf(row.target[d]) === relation).map(Math.abs));
    const [ownMove, unrelatedMove] = [largest("own"), largest("unrelated")];
    // Math.max of nothing is −∞.
    if (ownMove < 0 || unrelatedMove < 0) return [];
    return [{ distortion: row.distortion, ratio: unrelatedMove / ownMove }];
  });
  return {
    own: own.length,
    right: share(own, ({ target, change }) => Math.sign(change) === Math.sign(target)),
    distortions: ratios.length,
    selective: share(ratios, ({ ratio }) => ratio < quiet),
    failures: ratios.filter(({ ratio }) => ratio >= quiet).sort((a, b) => b.ratio - a.ratio),
  };
}
