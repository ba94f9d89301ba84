/** Everything that the report says, in numbers: what results.json holds. */

import { mean } from "../../src/metrics/statistics.js";
import { type AdjectiveResult, adjectiveResults } from "./adjectives.js";
import {
  type Agreement,
  agreementOf,
  distortionsOf,
  type Judged,
  type Margin,
  type Mode,
  marginOf,
  measures,
  modes,
  only,
  type PartAgreement,
  partAgreement,
  type Steps,
  steps,
  target,
} from "./agreement.js";
import { type Calibration, calibrationOf } from "./calibration.js";
import { changes } from "./changes.js";
import { type DimensionChanges, dimensionChanges, type Selectivity, selectivityOf } from "./dimensions.js";
import { robustnessSample } from "./judge.js";
import type { ResultLog } from "./result-log.js";
import type { EvaluationSet } from "./set.js";
import { type Movement, movementOf, type Spread, spreadOf } from "./spread.js";
import { deviation } from "./statistics.js";

/** Those of KADID-10k are all but these. */
export const beyondKadid = "real-world";

export interface DistortionResult {
  distortion: string;
  family: string;
  agreement: Record<Mode, PartAgreement>;
  /** At the pristine and at each strength. */
  steps: Record<"target" | Mode, Steps[]>;
}

export interface Analysis {
  split: string;
  /** Whether the report may show pictures of the set. */
  publishable: boolean;
  longSide: number;
  strengths: number[];
  photographs: number;
  /** How many distorted pictures there are. */
  distorted: number;
  adapter: string;
  checkpoints: Record<Mode, string>;
  /** YYYY-MM-DD. */
  date: string;
  agreements: Record<string, Agreement>;
  margins: Partial<Record<Mode, Margin>>;
  families: { family: string; agreement: Record<Mode, PartAgreement> }[];
  distortions: DistortionResult[];
  adjectives: AdjectiveResult[];
  dimensions: DimensionChanges[];
  /** Of KADID-10k's distortions, and of all. */
  selectivity: Record<"kadid" | "all", Record<Mode, Selectivity>>;
  spread: Record<Mode, Record<"pristine" | "distorted", Spread>>;
  /** Pictures that were judged changed, and by change and mode how the score moved. */
  robustness: {
    pictures: Record<"pristine" | "distorted", number>;
    changes: { change: string; moved: Record<Mode, Record<"pristine" | "distorted", Movement>> }[];
  };
  calibration: Record<Mode, Calibration>;
}

/** What the set itself does not say. */
export type Circumstances = Pick<Analysis, "adapter" | "checkpoints" | "date">;

/** @param pictures The set's, judged. */
export function analyse(
  set: EvaluationSet,
  pictures: readonly Judged[],
  log: ResultLog,
  circumstances: Circumstances,
): Analysis {
  const distortions = distortionsOf(set, pictures);
  const kadid = distortions.filter((distortion) => !set.families[beyondKadid]?.includes(distortion));
  const distorted = pictures.filter(({ distortion }) => distortion !== null);
  const pristine = pictures.filter(({ distortion }) => distortion === null);
  const agreements = Object.fromEntries(
    Object.entries(measures).flatMap(([name, { measure }]) => {
      const agreement = agreementOf(pictures, measure);
      return agreement ? [[name, agreement]] : [];
    }),
  );
  const dimensions = dimensionChanges(pictures, distortions);
  const kadidDimensions = dimensions.filter(({ distortion }) => kadid.includes(distortion));
  return {
    split: set.split,
    publishable: set.publishable,
    longSide: set.longSide,
    strengths: set.strengths,
    photographs: pristine.length,
    distorted: distorted.length,
    ...circumstances,
    agreements,
    margins: byMode((mode) => marginOf(pictures, agreements, mode)),
    families: Object.entries(set.families)
      .map(([family, members]) => [family, only(pictures, members)] as const)
      .filter(([, members]) => members.length > pristine.length)
      .map(([family, members]) => ({ family, agreement: partAgreements(members) })),
    distortions: distortions.map((distortion) => ({
      distortion,
      family: Object.keys(set.families).find((family) => set.families[family].includes(distortion))!,
      agreement: partAgreements(only(pictures, [distortion])),
      steps: distortionSteps(pictures, distortion),
    })),
    adjectives: adjectiveResults(pictures, distortions),
    dimensions,
    selectivity: {
      kadid: byMode((mode) => selectivityOf(kadidDimensions, mode)),
      all: byMode((mode) => selectivityOf(dimensions, mode)),
    },
    spread: byMode((mode) => ({
      pristine: spreadOf(pristine.map((picture) => picture[mode].score)),
      distorted: spreadOf(distorted.map((picture) => picture[mode].score)),
    })),
    robustness: robustnessOf(set, pictures, log),
    calibration: byMode((mode) => calibrationOf(distorted, mode)),
  };
}

function distortionSteps(pictures: readonly Judged[], distortion: string): Record<"target" | Mode, Steps[]> {
  const groups = steps(pictures, distortion);
  const of = (measure: (picture: Judged) => number) =>
    groups.map((group) => {
      const values = group.map(measure);
      return { mean: mean(values), deviation: deviation(values) };
    });
  return { target: of(target), ...byMode((mode) => of((picture) => picture[mode].score)) };
}

function robustnessOf(
  set: EvaluationSet,
  pictures: readonly Judged[],
  log: ResultLog,
): Analysis["robustness"] {
  const files = new Set(robustnessSample(set).map(({ file }) => file));
  const sample = pictures.filter(({ file }) => files.has(file));
  const parts = {
    pristine: sample.filter(({ distortion }) => distortion === null),
    distorted: sample.filter(({ distortion }) => distortion !== null),
  };
  return {
    pictures: { pristine: parts.pristine.length, distorted: parts.distorted.length },
    changes: Object.keys(changes).map((change) => {
      const moved = (part: Judged[], mode: Mode) =>
        movementOf(
          part.map((picture) => picture[mode].score),
          part.map(({ file }) => log.get(file, change)![mode].score),
        );
      return {
        change,
        moved: byMode((mode) => ({
          pristine: moved(parts.pristine, mode),
          distorted: moved(parts.distorted, mode),
        })),
      };
    }),
  };
}

function partAgreements(pictures: readonly Judged[]): Record<Mode, PartAgreement> {
  return byMode((mode) => partAgreement(pictures, (picture) => picture[mode].score));
}

function byMode<T>(of: (mode: Mode) => T): Record<Mode, T> {
  return Object.fromEntries(modes.map((mode) => [mode, of(mode)])) as Record<Mode, T>;
}
