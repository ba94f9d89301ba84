/**
 * Fitted logistic curves: before the linear correlation, measures of quality are commonly brought to the scale of the
 * opinions by a monotone curve of four parameters (VQEG) or one of five with a linear part (Sheikh et al., 2006).
 */
import { InputError } from "../errors.js";

export interface LogisticFit {
  /**
   * Of four: (b₁ − b₂) / (1 + exp(−(x − b₃) / |b₄|)) + b₂. Of five: b₁ (1/2 − 1/(1 + exp(b₂ (x − b₃)))) + b₄ x + b₅.
   * For scores that are standardised first, by `center` and `scale`: x = (score − center) / scale.
   */
  parameters: readonly number[];
  center: number;
  scale: number;
  /** The opinion that the curve gives a score. */
  predict(score: number): number;
}

export type Parameters = 4 | 5;

/** A curve's value and its derivatives by the parameters, into `gradient`. */
type Curve = (x: number, b: readonly number[], gradient: Float64Array) => number;

const curves: Record<Parameters, Curve> = {
  4: (x, [b1, b2, b3, b4], gradient) => {
    const width = Math.abs(b4);
    const s = 1 / (1 + Math.exp(-(x - b3) / width));
    const slope = (b1 - b2) * s * (1 - s);
    gradient[0] = s;
    gradient[1] = 1 - s;
    gradient[2] = -slope / width;
    gradient[3] = (-slope * (x - b3)) / (b4 * width);
    return (b1 - b2) * s + b2;
  },
  5: (x, [b1, b2, b3, b4, b5], gradient) => {
    const s = 1 / (1 + Math.exp(b2 * (x - b3)));
    const slope = b1 * s * (1 - s);
    gradient[0] = 0.5 - s;
    gradient[1] = slope * (x - b3);
    gradient[2] = -slope * b2;
    gradient[3] = x;
    gradient[4] = 1;
    return b1 * (0.5 - s) + b4 * x + b5;
  },
};

export interface FitOptions {
  /** A fit of like scores, to begin at; places of the fit's own by default. */
  start?: LogisticFit;
}

/**
 * The least-squares curve from scores to opinions, by Levenberg and Marquardt's method. Undefined where there is none:
 * no more values than parameters, scores that are all alike, or values that are not finite.
 * @throws InputError INPUT_LENGTH.
 */
export function fitLogistic(
  scores: ArrayLike<number>,
  opinions: ArrayLike<number>,
  parameters: Parameters,
  { start }: FitOptions = {},
): LogisticFit | undefined {
  if (scores.length !== opinions.length) {
    throw new InputError(
      "INPUT_LENGTH",
      `The lists to fit have ${scores.length} and ${opinions.length} values.`,
      "Give one opinion for each score, in the same order.",
    );
  }
  const x = Float64Array.from(scores);
  const y = Float64Array.from(opinions);
  const { center, scale } = start ?? spreadOf(x);
  if (x.length <= parameters || !(scale > 0) || ![...x, ...y].every(Number.isFinite)) return undefined;
  for (let i = 0; i < x.length; i++) x[i] = (x[i] - center) / scale;

  const curve = curves[parameters];
  const starts = start ? [start.parameters] : startsOf(x, y, parameters);
  const reached = starts.map((from) => descend(curve, x, y, from, near));
  const best = reached.reduce((a, b) => (b.error < a.error ? b : a));
  if (!Number.isFinite(best.error)) return undefined;
  const { b } = start ? best : descend(curve, x, y, best.b, exact);
  const unused = new Float64Array(parameters);
  return {
    ...{ parameters: b, center, scale },
    predict: (score) => curve((score - center) / scale, b, unused),
  };
}

function spreadOf(x: Float64Array): { center: number; scale: number } {
  const center = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - center) ** 2, 0) / x.length;
  return { center, scale: Math.sqrt(variance) };
}

/** Gentle and steep curves, up or down as the opinions go. */
function startsOf(x: Float64Array, y: Float64Array, parameters: Parameters): number[][] {
  const [low, high] = [Math.min(...y), Math.max(...y)];
  const middle = y.reduce((sum, value) => sum + value, 0) / y.length;
  const up = x.reduce((sum, value, i) => sum + value * (y[i] - middle), 0) >= 0;
  const [from, to] = up ? [low, high] : [high, low];
  return [0.25, 0.5, 1, 2].map((width) =>
    parameters === 4 ? [to, from, 0, width] : [high - low, (up ? 1 : -1) / width, 0, 0, middle],
  );
}

/** When to stop: after so many steps, or one that improves the sum of squares by less than this share of it. */
interface Stop {
  steps: number;
  share: number;
}

/** Tells which start leads to the best minimum, and leads from one fit to another of like scores. */
const near: Stop = { steps: 25, share: 1e-9 };

/** To the minimum itself: valleys that are nearly flat need many steps. */
const exact: Stop = { steps: 500, share: 1e-15 };

function descend(
  curve: Curve,
  x: Float64Array,
  y: Float64Array,
  start: readonly number[],
  stop: Stop,
): { b: readonly number[]; error: number } {
  const size = start.length;
  const gradient = new Float64Array(size);
  const squares = (b: readonly number[]) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (y[i] - curve(x[i], b, gradient)) ** 2;
    return sum;
  };
  let b = start;
  let error = squares(b);
  let damping = 1e-3;
  for (let step = 0; step < stop.steps && damping < 1e12; step++) {
    const normal = Array.from({ length: size }, () => new Float64Array(size));
    const right = new Float64Array(size);
    for (let i = 0; i < x.length; i++) {
      const rest = y[i] - curve(x[i], b, gradient);
      for (let r = 0; r < size; r++) {
        right[r] += gradient[r] * rest;
        for (let c = 0; c <= r; c++) normal[r][c] += gradient[r] * gradient[c];
      }
    }
    // The damping grows until a step improves; where none does, this is the minimum.
    let improved = 0;
    while (improved === 0 && damping < 1e12) {
      const change = solve(normal, right, damping);
      const next = change && b.map((value, i) => value + change[i]);
      const nextError = next ? squares(next) : Number.NaN;
      if (next && nextError < error) {
        improved = error - nextError;
        [b, error] = [next, nextError];
        damping = Math.max(damping / 8, 1e-15);
      } else damping *= 4;
    }
    if (improved <= stop.share * error) break;
  }
  return { b, error };
}

/**
 * Solves (N + damping · diag N) z = r by Cholesky's method, where N's lower half is given; undefined where that is not
 * positive definite.
 */
function solve(
  normal: readonly Float64Array[],
  right: Float64Array,
  damping: number,
): Float64Array | undefined {
  const size = right.length;
  const factor = normal.map((row, i) => {
    const copy = row.slice();
    // A parameter without any effect stays where it is.
    copy[i] += damping * (row[i] || 1);
    return copy;
  });
  const z = right.slice();
  for (let r = 0; r < size; r++) {
    for (let c = 0; c <= r; c++) {
      let sum = factor[r][c];
      for (let k = 0; k < c; k++) sum -= factor[r][k] * factor[c][k];
      if (c < r) factor[r][c] = sum / factor[c][c];
      else if (sum > 0) factor[r][r] = Math.sqrt(sum);
      else return undefined;
    }
    for (let k = 0; k < r; k++) z[r] -= factor[r][k] * z[k];
    z[r] /= factor[r][r];
  }
  for (let r = size - 1; r >= 0; r--) {
    for (let k = r + 1; k < size; k++) z[r] -= factor[k][r] * z[k];
    z[r] /= factor[r][r];
  }
  return z;
}
