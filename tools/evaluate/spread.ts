/** How far scores spread, and how far they move under changes that should not move them. */
import { mean, quantile } from "../../src/metrics/statistics.js";
import { deviation } from "./statistics.js";

export interface Spread {
  mean: number;
  deviation: number;
  /** The 5th and 95th percentile. */
  low: number;
  high: number;
}

export function spreadOf(scores: readonly number[]): Spread {
  return {
    mean: mean(scores),
    deviation: deviation(scores),
    low: quantile(scores, 0.05),
    high: quantile(scores, 0.95),
  };
}

export interface Movement {
  /** Mean and greatest absolute change of the score. */
  mean: number;
  max: number;
}

export function movementOf(before: readonly number[], after: readonly number[]): Movement {
  const sizes = before.map((score, i) => Math.abs(after[i] - score));
  return { mean: mean(sizes), max: Math.max(...sizes) };
}
