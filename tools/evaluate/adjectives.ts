/** Whether an adjective is said where it should be: an AUC for each of the 40. */
import { pairs } from "../../src/text/vocabulary.js";
import type { Judged, Mode } from "./agreement.js";
import { meanChange, readingsOf } from "./readings.js";
import { auc } from "./statistics.js";

/** A change of the mean target reading at full strength above this makes a distortion the adjective's own … */
const own = 0.15;
/** … and below this leaves the adjective alone. */
const alone = 0.05;
/** From this strength on, an own distortion's pictures are positives. */
const fromStrength = 0.6;

export interface AdjectiveResult {
  word: string;
  dimension: string;
  /** The distortions whose pictures are told from those that leave the adjective alone; none: it was not tested. */
  distortions: string[];
  /** Whether they raise the adjective; else they lower it, and the AUC is of its saying less. */
  raised: boolean;
  /** 0.5 is chance; NaN where it was not tested. */
  auc: Record<Mode, number>;
}

/** All 40, dimension by dimension. */
export function adjectiveResults(
  pictures: readonly Judged[],
  distortions: readonly string[],
): AdjectiveResult[] {
  const changes = distortions.map((distortion) => ({
    distortion,
    change: meanChange(pictures, distortion, (picture) => readingsOf(picture, "target")),
  }));
  return pairs.flatMap(({ dimension, positive, negative }, k) =>
    [positive, negative].map((word) => {
      const sign = word === positive ? 1 : -1;
      const named = (passes: (change: number) => boolean) =>
        changes.filter(({ change }) => passes(sign * change[k])).map(({ distortion }) => distortion);
      const raising = named((change) => change > own);
      const raised = raising.length > 0;
      const ownDistortions = raised ? raising : named((change) => change < -own);
      const others = named((change) => Math.abs(change) < alone);
      const positives = pictures.filter(
        (p) => p.distortion !== null && ownDistortions.includes(p.distortion) && p.strength >= fromStrength,
      );
      const negatives = pictures.filter((p) => p.distortion === null || others.includes(p.distortion));
      // The pair's p, turned for the negative word, and turned again where the picture should say it less.
      const turn = raised ? sign : -sign;
      const aucOf = (mode: Mode) => {
        const value = (picture: Judged) => turn * picture[mode].readings[k];
        return auc(positives.map(value), negatives.map(value));
      };
      return {
        ...{ word, dimension, distortions: ownDistortions, raised },
        auc: { nr: aucOf("nr"), fr: aucOf("fr") },
      };
    }),
  );
}
