/** How well scores agree with opinions, every way that papers report it, each with how certain it is. */
import { krcc, plcc, rmse, srcc } from "./correlation.js";
import { fitLogistic, type LogisticFit } from "./logistic.js";
import { type BootstrapOptions, bootstrapAll, groupBy, type Interval } from "./statistics.js";

/** A score beside the opinion of the same picture. */
export interface Rated {
  score: number;
  mos: number;
  /** Pictures of one group are drawn together: they have their content in common. */
  group: string;
}

export const measureNames = ["srcc", "krcc", "plcc", "rmse", "plcc4", "rmse4", "plcc5", "rmse5"] as const;

/** SRCC, KRCC, PLCC and RMSE of the scores as they are; PLCC and RMSE after the fit of 4 and of 5 parameters. */
export type MeasureName = (typeof measureNames)[number];

export interface Estimate {
  value: number;
  /** 95 %, by the bootstrap over groups. */
  interval: Interval;
}

export interface Agreement extends Record<MeasureName, Estimate> {
  count: number;
  /** Of all pictures; undefined where no curve could be fitted. */
  fits: Record<4 | 5, LogisticFit | undefined>;
}

/** Every measure without its interval, which takes long. NaN for what is not defined. */
export function measuresOf(rated: readonly Rated[]): Record<MeasureName, number> {
  return measure(rated, fitsOf(rated));
}

/** NaN for what is not defined, such as the correlation of scores that are all alike. */
export function agreementOf(rated: readonly Rated[], options?: BootstrapOptions): Agreement {
  const fits = fitsOf(rated);
  const groups = [...groupBy(rated, ({ group }) => group).values()];
  const values = measure(rated, fits);
  const intervals = bootstrapAll(
    groups,
    (drawn) => {
      const all = drawn.flat();
      return measure(all, fitsOf(all, fits));
    },
    options,
  );
  const estimates = measureNames.map((name) => [name, { value: values[name], interval: intervals[name] }]);
  return { ...(Object.fromEntries(estimates) as Record<MeasureName, Estimate>), count: rated.length, fits };
}

type Fits = Agreement["fits"];

function fitsOf(rated: readonly Rated[], starts?: Fits): Fits {
  const [scores, opinions] = columns(rated);
  return {
    4: fitLogistic(scores, opinions, 4, { start: starts?.[4] }),
    5: fitLogistic(scores, opinions, 5, { start: starts?.[5] }),
  };
}

function measure(rated: readonly Rated[], fits: Fits): Record<MeasureName, number> {
  const [scores, opinions] = columns(rated);
  const fitted = (fit: LogisticFit | undefined) => {
    const predicted = fit && scores.map(fit.predict);
    return predicted
      ? { plcc: plcc(predicted, opinions), rmse: rmse(predicted, opinions) }
      : { plcc: Number.NaN, rmse: Number.NaN };
  };
  const [four, five] = [fitted(fits[4]), fitted(fits[5])];
  return {
    srcc: srcc(scores, opinions),
    krcc: krcc(scores, opinions),
    plcc: plcc(scores, opinions),
    rmse: rmse(scores, opinions),
    plcc4: four.plcc,
    rmse4: four.rmse,
    plcc5: five.plcc,
    rmse5: five.rmse,
  };
}

function columns(rated: readonly Rated[]): [scores: number[], opinions: number[]] {
  return [rated.map(({ score }) => score), rated.map(({ mos }) => mos)];
}
