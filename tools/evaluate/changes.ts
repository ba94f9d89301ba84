/** Changes of a picture that should not change its quality: mirroring, slight crops, slight rescaling. */
import { resampleTaps } from "../../src/image/resample.js";

/** RGBA, 8 bits, `width·height·4` values. */
export interface Rgba {
  width: number;
  height: number;
  data: Uint8Array;
}

export const changes: Record<string, (picture: Rgba) => Rgba> = {
  "mirrored left to right": mirror,
  "4 pixels cropped at each side": (picture) => cropTo(picture, picture.width - 8, picture.height - 8),
  "centre crop of 90 %": (picture) => cropTo(picture, ...sidesTimes(picture, 0.9)),
  "rescaled by 0.9": (picture) => resize(picture, ...sidesTimes(picture, 0.9)),
  "rescaled by 1.1": (picture) => resize(picture, ...sidesTimes(picture, 1.1)),
};

function sidesTimes({ width, height }: Rgba, factor: number): [width: number, height: number] {
  return [Math.round(width * factor), Math.round(height * factor)];
}

function mirror({ width, height, data }: Rgba): Rgba {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * 4;
      mirrored.set(data.subarray(from, from + 4), (y * width + x) * 4);
    }
  }
  return { width, height, data: mirrored };
}

/** The middle of a picture. */
function cropTo(picture: Rgba, width: number, height: number): Rgba {
  const [left, top] = [(picture.width - width) >> 1, (picture.height - height) >> 1];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 4;
    data.set(picture.data.subarray(from, from + width * 4), y * width * 4);
  }
  return { width, height, data };
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
