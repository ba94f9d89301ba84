/** How the readings of the adjectives and dimensions change from the pristine, in the targets and in the model's. */

import { mean } from "../../src/metrics/statistics.js";
import { pairs } from "../../src/text/vocabulary.js";
import type { Judged, Mode } from "./agreement.js";

/** Whose readings: what they should be, or what the model says. */
export type Source = "target" | Mode;

export const dimensions: readonly string[] = [...new Set(pairs.map(({ dimension }) => dimension))];

export function readingsOf(picture: Judged, source: Source): readonly number[] {
  return source === "target" ? picture.readings : picture[source].readings;
}

/** The six dimensions, each the mean of its pairs, 0..1; in the order of `dimensions`. */
export function dimensionsOf(picture: Judged, source: Source): number[] {
  const readings = readingsOf(picture, source);
  return dimensions.map((dimension) => mean(readings.filter((_, k) => pairs[k].dimension === dimension)));
}

/**
 * Mean of `read` over a distortion's pictures at full strength, less its mean over the pristine pictures, value by
 * value.
 */
export function meanChange(
  pictures: readonly Judged[],
  distortion: string,
  read: (picture: Judged) => readonly number[],
): number[] {
  const pristine = pictures.filter((picture) => picture.distortion === null).map(read);
  const full = pictures.filter((p) => p.distortion === distortion && p.strength === 1).map(read);
  return pristine[0].map((_, k) => mean(full.map((row) => row[k])) - mean(pristine.map((row) => row[k])));
}
