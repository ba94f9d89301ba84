import { describe, expect, it } from "vitest";
import { decodePng } from "../../src/image/png.js";
import { type ResampleFilter, resampleTaps } from "../../src/image/resample.js";
import { fixture } from "./files.js";

interface Plane {
  width: number;
  height: number;
  /** RGBA. */
  data: ArrayLike<number>;
}

/** Resizes the width, rounding to 8 bits as Pillow does; transposed, so that twice does both axes. */
function resizeAndTranspose({ width, height, data }: Plane, outWidth: number, filter: ResampleFilter): Plane {
  const { count, start, weights } = resampleTaps(width, outWidth, filter);
  const out = new Uint8ClampedArray(outWidth * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let t = 0; t < count; t++)
          sum += weights[x * count + t] * data[(y * width + start[x] + t) * 4 + c];
        out[(x * height + y) * 4 + c] = Math.floor(sum + 0.5);
      }
    }
  }
  return { width: height, height: outWidth, data: out };
}

describe("resampleTaps", () => {
  for (const filter of ["bilinear", "bicubic"] as const) {
    for (const [width, height] of [
      [23, 31],
      [97, 80],
      [64, 9],
      [11, 53],
      [63, 52],
    ]) {
      it(`resizes 64x53 to ${width}x${height} by ${filter} as Pillow does`, async () => {
        const source = await decodePng(fixture("resize.png"), 1e6);
        const expected = await decodePng(fixture(`resize-${filter}-${width}x${height}.png`), 1e6);
        const resized = resizeAndTranspose(resizeAndTranspose(source, width, filter), height, filter);
        expect(resized).toMatchObject({ width, height });
        // Weights of 22 bits after the point times 8-bit values sum without error in a double.
        expect(Array.from(resized.data)).toEqual(Array.from(expected.data));
      });
    }
  }

  it("sums to 1 and stays inside the input, for every pair of small sizes", () => {
    for (let inSize = 1; inSize <= 20; inSize++) {
      for (let outSize = 1; outSize <= 20; outSize++) {
        const { count, start, weights } = resampleTaps(inSize, outSize, "bicubic");
        for (let o = 0; o < outSize; o++) {
          expect(start[o]).toBeGreaterThanOrEqual(0);
          expect(start[o] + count).toBeLessThanOrEqual(inSize);
          const sum = weights.subarray(o * count, (o + 1) * count).reduce((a, b) => a + b, 0);
          // Up to 20 weights, each rounded by at most half of 2^-22.
          expect(Math.abs(sum - 1)).toBeLessThanOrEqual(20 * 2 ** -23);
        }
      }
    }
  });

  it("copies when the size stays", () => {
    const { count, start, weights } = resampleTaps(7, 7, "bicubic");
    for (let o = 0; o < 7; o++) {
      for (let t = 0; t < count; t++)
        expect(weights[o * count + t]).toBeCloseTo(start[o] + t === o ? 1 : 0, 7);
    }
  });
});
