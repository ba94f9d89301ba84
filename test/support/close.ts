import { expect } from "vitest";

/** |actual − expected| ≤ absolute + relative · max|expected|. */
export interface Tolerance {
  absolute: number;
  relative: number;
}

/** Fails, naming the worst element, unless every element is within the tolerance of the largest expected one. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute, relative }: Tolerance,
  what: string,
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let peak = 0;
  let worst = 0;
  let worstAt = 0;
  for (let i = 0; i < expected.length; i++) {
    peak = Math.max(peak, Math.abs(expected[i]));
    const error = Math.abs(actual[i] - expected[i]);
    // NaN is never within a tolerance.
    if (!(error <= worst)) {
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
      worstAt = i;
    }
  }
  const message = `${what}: element ${worstAt} is ${actual[worstAt]}, expected ${expected[worstAt]}`;
  expect(worst, message).toBeLessThanOrEqual(absolute + relative * peak);
}
