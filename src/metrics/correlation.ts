/**
 * How well scores agree with human opinion: Pearson's, Spearman's and Kendall's correlation, and the error. Each takes
 * two lists of equal length, scores and opinions in the same order, and throws InputError INPUT_LENGTH where the lengths
 * differ. A NaN among the values gives NaN.
 */
import { InputError } from "../errors.js";

/**
 * Pearson's linear correlation (PLCC): Σ(x − x̄)(y − ȳ) / √(Σ(x − x̄)² Σ(y − ȳ)²), in −1..1.
 * NaN where it is undefined: a constant list, or fewer than two values; and for a NaN among the values.
 * @throws InputError (INPUT_LENGTH) unless both lists are equally long.
 */
export function plcc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  // Asked exactly: rounding of the mean could leave a constant list a deviation.
  if (isConstant(x) || isConstant(y)) return Number.NaN;
  const meanX = mean(x);
  const meanY = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i] - meanX;
    const dy = y[i] - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return clamp(xy / Math.sqrt(xx) / Math.sqrt(yy));
}

/**
 * Spearman's rank correlation (SRCC): Pearson's correlation of the ranks, where equal values share the mean of their
 * ranks, in −1..1. NaN where it is undefined, and errors, as `plcc`.
 */
export function srcc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  if (hasNaN(x) || hasNaN(y)) return Number.NaN;
  return plcc(ranks(x), ranks(y));
}

/**
 * Kendall's rank correlation τ-b (KRCC): (concordant − discordant) / √((n₀ − n₁)(n₀ − n₂)), in −1..1, with n₀ all
 * pairs, n₁ those tied in x and n₂ those tied in y. NaN where it is undefined, and errors, as `plcc`. O(n log n) by
 * Knight's method.
 */
export function krcc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  if (hasNaN(x) || hasNaN(y)) return Number.NaN;
  const order = Uint32Array.from({ length: x.length }, (_, i) => i);
  order.sort((a, b) => compare(x[a], x[b]) || compare(y[a], y[b]));

  const all = pairs(x.length);
  const tiedX = tiedPairs(order.length, (i, j) => x[order[i]] === x[order[j]]);
  const tiedBoth = tiedPairs(
    order.length,
    (i, j) => x[order[i]] === x[order[j]] && y[order[i]] === y[order[j]],
  );
  // In the order of x, ties by y, exactly the discordant pairs are out of order in y.
  const ys = Float64Array.from(order, (i) => y[i]);
  const discordant = sortCountingInversions(ys);
  const tiedY = tiedPairs(ys.length, (i, j) => ys[i] === ys[j]);

  const concordant = all - tiedX - tiedY + tiedBoth - discordant;
  return clamp((concordant - discordant) / Math.sqrt(all - tiedX) / Math.sqrt(all - tiedY));
}

/**
 * Root of the mean squared error √(Σ(x − y)² / n), in the unit of the values. NaN for empty lists.
 * @throws InputError (INPUT_LENGTH) unless both lists are equally long.
 */
export function rmse(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkLengths(x, y);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
  return Math.sqrt(sum / x.length);
}

/** 1-based ranks in ascending order; equal values share the mean of their ranks. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => compare(values[a], values[b]));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) result[order[i]] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

/** Pairs within runs of equal neighbours, among `length` sorted places. */
function tiedPairs(length: number, equal: (i: number, j: number) => boolean): number {
  let count = 0;
  let run = 1;
  for (let i = 1; i < length; i++) {
    if (equal(i - 1, i)) run++;
    else {
      count += pairs(run);
      run = 1;
    }
  }
  return count + pairs(run);
}

/** Merge sort in place; returns how many pairs were in strictly descending order. */
function sortCountingInversions(values: Float64Array): number {
  let inversions = 0;
  const merged = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let i = start; i < end; i++) {
        if (right === end || (left < middle && values[left] <= values[right])) merged[i] = values[left++];
        else {
          inversions += middle - left;
          merged[i] = values[right++];
        }
      }
    }
    values.set(merged);
  }
  return inversions;
}

function checkLengths(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length === y.length) return;
  throw new InputError(
    "INPUT_LENGTH",
    `The lists to compare have ${x.length} and ${y.length} values.`,
    "Give one opinion for each score, in the same order.",
  );
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function hasNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}

/** Not a subtraction, which is NaN for equal infinities. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Rounding may step over ±1. */
function clamp(correlation: number): number {
  return Math.min(1, Math.max(-1, correlation));
}
