/** A small picture that Node and a browser make alike: slopes, edges and some noise, opaque or of every alpha. */
import type { RawImage } from "../../src/image/pixels.js";
import { noise } from "../support/seeded.js";

export const [width, height] = [96, 64];

export interface Pattern extends RawImage {
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** 96×64 RGBA. */
export function pattern(alpha: "opaque" | "transparent", seed = 1): Pattern {
  const at = noise("pattern", seed);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const edge = (x >> 4) % 2 === (y >> 4) % 2 ? 60 : 0;
    data[4 * i] = 2 * x + (at(i) & 15);
    data[4 * i + 1] = 3 * y + edge;
    data[4 * i + 2] = 255 - x - y + (seed % 7);
    data[4 * i + 3] = alpha === "opaque" ? 255 : at(i) >>> 24;
  }
  return { width, height, data };
}

/** A pattern of dull colours, which in any colour space are within sRGB. */
export function muted(): Pattern {
  const picture = pattern("opaque");
  return { ...picture, data: picture.data.map((value, i) => (i % 4 === 3 ? value : 64 + (value >> 1))) };
}

/** From Display P3 to sRGB, which share the white and the transfer function; the matrix is of CSS Color 4. */
export function fromDisplayP3({ data, ...size }: Pattern): Pattern {
  const matrix = [
    [1.2249401763, -0.2249401763, 0],
    [-0.0420569547, 1.0420569547, 0],
    [-0.0196375546, -0.0786360456, 1.0982736001],
  ];
  const linear = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const encoded = (v: number) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
  const converted = data.map((alpha, i) => {
    if (i % 4 === 3) return alpha;
    const color = [...data.subarray(i - (i % 4), i - (i % 4) + 3)].map((value) => linear(value / 255));
    const value = matrix[i % 4].reduce((sum, weight, c) => sum + weight * color[c], 0);
    return Math.round(255 * encoded(value));
  });
  return { ...size, data: converted };
}
