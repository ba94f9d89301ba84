/** Plain statistics of lists of numbers. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation over all the values (divided by n). */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** @param at 0 the least, 1 the greatest; linear between neighbours. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The share of values that pass. */
export function share<T>(values: readonly T[], passes: (value: T) => boolean): number {
  return values.filter(passes).length / values.length;
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

/**
 * Area under the ROC curve by Mann and Whitney: the probability that a positive's value is above a negative's, a tie
 * counting half. NaN where either list is empty.
 */
export function auc(positives: readonly number[], negatives: readonly number[]): number {
  const sorted = Float64Array.from(negatives).sort();
  let wins = 0;
  for (const value of positives) {
    const below = countWhile(sorted, (negative) => negative < value);
    const atMost = countWhile(sorted, (negative) => negative <= value);
    wins += (below + atMost) / 2;
  }
  return wins / (positives.length * sorted.length);
}

/** How many of ascending values pass, when those that pass come first; by bisection. */
function countWhile(sorted: Float64Array, passes: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The percentile bootstrap's 95 % interval of a statistic of groups, which are drawn anew with replacement. The same
 * seed draws the same groups.
 */
export function bootstrap<T>(
  groups: readonly T[],
  statistic: (groups: T[]) => number,
  { times = 500, seed = 1 } = {},
): [low: number, high: number] {
  const random = randomFrom(seed);
  const values = Array.from({ length: times }, () =>
    statistic(groups.map(() => groups[Math.floor(random() * groups.length)])),
  );
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

/** Numbers in [0, 1), by the generator mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
