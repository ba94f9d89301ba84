/** Resizing pictures on the CPU, to the bit as Pillow does. */
import { resampleTaps } from "./resample.js";

/** RGBA, 8 bits, `width·height·4` values. */
export interface Rgba {
  width: number;
  height: number;
  data: Uint8Array;
}

/** As Pillow's antialiased bicubic filter: across, rounded to 8 bits, then down. */
export function resize(picture: Rgba, width: number, height: number): Rgba {
  const across = { width, height: picture.height, data: new Uint8Array(width * picture.height * 4) };
  resampleLines(picture.data, picture.width, width, across.data, picture.height, [
    [4, picture.width * 4],
    [4, width * 4],
  ]);
  const resized = { width, height, data: new Uint8Array(width * height * 4) };
  resampleLines(across.data, picture.height, height, resized.data, width, [
    [width * 4, 4],
    [width * 4, 4],
  ]);
  return resized;
}

/**
 * Resamples `lines` lines of pixels from `inSize` to `outSize` pixels. `steps` are bytes from pixel to pixel of a
 * line and from line to line, of the input and of the output.
 */
function resampleLines(
  from: Uint8Array,
  inSize: number,
  outSize: number,
  to: Uint8Array,
  lines: number,
  [[inStep, inLine], [outStep, outLine]]: [number, number][],
): void {
  const { count, start, weights } = resampleTaps(inSize, outSize, "bicubic");
  for (let line = 0; line < lines; line++) {
    for (let o = 0; o < outSize; o++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let t = 0; t < count; t++) {
          sum += weights[o * count + t] * from[line * inLine + (start[o] + t) * inStep + c];
        }
        to[line * outLine + o * outStep + c] = Math.min(Math.max(Math.floor(sum + 0.5), 0), 255);
      }
    }
  }
}
