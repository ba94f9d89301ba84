/** Statistics that only this evaluation needs. */
import { mean } from "../../src/metrics/statistics.js";

/** Standard deviation over all the values (divided by n). */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** The share of values that pass. */
export function share<T>(values: readonly T[], passes: (value: T) => boolean): number {
  return values.filter(passes).length / values.length;
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
