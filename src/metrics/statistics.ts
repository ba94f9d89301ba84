/** Plain statistics of lists of numbers, and how certain a statistic is. */
import { random } from "../random.js";

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param at 0 the least, 1 the greatest; linear between neighbours. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Groups in the order of their first members. */
export function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

export type Interval = [low: number, high: number];

export interface BootstrapOptions {
  /** Draws; 500 by default. */
  times?: number;
  seed?: number;
  /** Called after each draw, with how many are done: draws of many pictures take long. */
  onDraw?: (done: number, times: number) => void;
}

/**
 * The percentile bootstrap's 95 % interval of a statistic of groups, which are drawn anew with replacement. The same
 * seed draws the same groups.
 */
export function bootstrap<T>(
  groups: readonly T[],
  statistic: (groups: T[]) => number,
  options?: BootstrapOptions,
): Interval {
  return bootstrapAll(groups, (drawn) => ({ statistic: statistic(drawn) }), options).statistic;
}

/** As `bootstrap`, of several statistics of the same draws. A draw of which one is not defined (NaN) is left out of it. */
export function bootstrapAll<T, Name extends string>(
  groups: readonly T[],
  statistics: (groups: T[]) => Record<Name, number>,
  { times = 500, seed = 1, onDraw }: BootstrapOptions = {},
): Record<Name, Interval> {
  const draw = random(seed, "bootstrap");
  const draws = Array.from({ length: times }, (_, i) => {
    const drawn = statistics(groups.map(() => groups[Math.floor(draw() * groups.length)]));
    onDraw?.(i + 1, times);
    return drawn;
  });
  const intervals = Object.keys(draws[0]).map((name) => {
    const values = draws.map((of) => of[name as Name]).filter((value) => !Number.isNaN(value));
    return [
      name,
      values.length > 0 ? [0.025, 0.975].map((at) => quantile(values, at)) : [Number.NaN, Number.NaN],
    ];
  });
  return Object.fromEntries(intervals);
}
