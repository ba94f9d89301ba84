/** A result as programs read it; the same fields in JSON and in CSV. */
import type { Score } from "../api/result.js";

/** A picture's result. */
export interface Outcome<Result extends Score = Score> {
  image: string;
  /** Full-reference only. */
  reference?: string;
  score: Result;
}

export interface ResultRecord extends Omit<Score, "adjectives"> {
  image: string;
  reference?: string;
  /** By word. */
  adjectives?: Record<string, number>;
}

/** @param adjectives Whether to add each adjective's value. */
export function toRecord({ image, reference, score }: Outcome, adjectives: boolean): ResultRecord {
  const { width, height, mode, model, checkpoint, policy, executor, adapter, ms, warnings } = score;
  const dimensions = Object.entries(score.dimensions).map(([name, value]) => [name, rounded(value)]);
  const words = score.adjectives.map(({ word, value }) => [word, rounded(value)]);
  return {
    image,
    ...(reference !== undefined && { reference }),
    score: rounded(score.score),
    dimensions: Object.fromEntries(dimensions),
    ...(adjectives && { adjectives: Object.fromEntries(words) }),
    width,
    height,
    mode,
    model,
    checkpoint,
    policy,
    executor,
    adapter,
    ms: rounded(ms, 1),
    warnings,
  };
}

/** Six decimals are what f32 holds of a number near 1. */
export function rounded(value: number, decimals = 6): number {
  return Number(value.toFixed(decimals));
}
