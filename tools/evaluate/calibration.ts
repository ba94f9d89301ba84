/** Whether a score means what the target means: the mean score in bins of the target. */

import { groupBy, mean } from "../../src/metrics/statistics.js";
import type { Judged, Mode } from "./agreement.js";

export interface Bin {
  /** Means over the bin's pictures. */
  target: number;
  score: number;
  count: number;
}

/** Bins of equal width over targets 0..1, ascending; those without a picture are left out. */
export function calibrationBins(points: readonly { target: number; score: number }[], count = 10): Bin[] {
  // A target of 1 belongs to the last bin.
  const groups = groupBy(points, ({ target }) => Math.min(Math.floor(target * count), count - 1));
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => ({
      target: mean(group.map(({ target }) => target)),
      score: mean(group.map(({ score }) => score)),
      count: group.length,
    }));
}

export interface Calibration {
  bins: Bin[];
  /** Mean of score − target, and of its size. */
  bias: number;
  error: number;
}

export function calibrationOf(pictures: readonly Judged[], mode: Mode): Calibration {
  const points = pictures.map((picture) => ({ target: picture.target, score: picture[mode].score }));
  const errors = points.map(({ target, score }) => score - target);
  return { bins: calibrationBins(points), bias: mean(errors), error: mean(errors.map(Math.abs)) };
}
