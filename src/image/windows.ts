/** Parts of a resized picture: what of the picture each is computed from. */
import { resampleTaps } from "./resample.js";

/** Parts of one length of an axis that has been resized, perhaps several times. */
export interface AxisWindows {
  /** Pixels of the unresized axis that each part is computed from. */
  length: number;
  /** For each resize the shape of its taps, out×(1+count); undefined where it leaves the axis as it is. */
  shapes: (readonly [out: number, tapsLength: number] | undefined)[];
  /** The first of those pixels, and the taps from there on as the `resample` op reads them. */
  parts: { start: number; taps: (Float32Array | undefined)[] }[];
}

/**
 * @param sizes The axis's length, then after each resize.
 * @param starts First pixels of the parts, at the last of these lengths; rising.
 * @param length Pixels of each part.
 */
export function axisWindows(
  sizes: readonly number[],
  starts: readonly number[],
  length: number,
): AxisWindows {
  const windows: AxisWindows = { length, shapes: [], parts: starts.map((start) => ({ start, taps: [] })) };
  for (let i = sizes.length - 1; i > 0; i--) {
    const [from, to] = [sizes[i - 1], sizes[i]];
    if (from === to) {
      windows.shapes.unshift(undefined);
      for (const part of windows.parts) part.taps.unshift(undefined);
      continue;
    }
    const { count, start, weights } = resampleTaps(from, to, "bicubic");
    const out = windows.length;
    // Some parts need a pixel more than others; all are given as many, so that one program computes them.
    windows.length = Math.max(
      ...windows.parts.map((part) => start[part.start + out - 1] + count - start[part.start]),
    );
    windows.shapes.unshift([out, 1 + count]);
    for (const part of windows.parts) {
      const first = Math.min(start[part.start], from - windows.length);
      const taps = new Float32Array(out * (1 + count));
      for (let o = 0; o < out; o++) {
        const row = part.start + o;
        taps[o * (1 + count)] = start[row] - first;
        taps.set(weights.subarray(row * count, (row + 1) * count), o * (1 + count) + 1);
      }
      part.start = first;
      part.taps.unshift(taps);
    }
  }
  return windows;
}
