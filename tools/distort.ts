/** Gaussian blur, white noise and JPEG, and a way to a smaller picture. */
import jpeg from "jpeg-js";
import type { Rgba } from "../src/image/resize.js";

/** RGB, 8 bits, `width·height·3` values. */
export interface Rgb {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Separable, in f32, edges repeated; `sigma` in pixels. */
export function gaussianBlur({ width, height, data }: Rgb, sigma: number): Rgb {
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const clamp = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
  const across = new Float32Array(data.length);
  const blurred = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 3 * width; i++) {
      const x = Math.floor(i / 3);
      let sum = 0;
      for (const [t, weight] of kernel.entries()) {
        sum += weight * data[(y * width + clamp(x + t - radius, width)) * 3 + (i % 3)];
      }
      across[y * width * 3 + i] = sum / total;
    }
  }
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 3 * width; i++) {
      let sum = 0;
      for (const [t, weight] of kernel.entries()) {
        sum += weight * across[clamp(y + t - radius, height) * width * 3 + i];
      }
      blurred[y * width * 3 + i] = Math.round(sum / total);
    }
  }
  return { width, height, data: blurred };
}

/** Adds normal noise of this standard deviation (of 255) to every channel; the same noise every time. */
export function whiteNoise({ width, height, data }: Rgb, deviation: number): Rgb {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const noisy = data.map((value) => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.min(Math.max(Math.round(value + deviation * normal), 0), 255);
  });
  return { width, height, data: noisy };
}

/** The same picture with an alpha channel, opaque. */
export function toRgba({ width, height, data }: Rgb): Rgba {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let p = 0; p < width * height; p++) rgba.set(data.subarray(3 * p, 3 * p + 3), 4 * p);
  return { width, height, data: rgba };
}

/** Encodes and decodes as JPEG. */
export function jpegRoundTrip(picture: Rgb, quality: number): Rgb {
  const { width, height } = picture;
  const encoded = jpeg.encode(toRgba(picture), quality);
  const decoded = jpeg.decode(encoded.data, { useTArray: true, formatAsRGBA: false });
  return { width, height, data: decoded.data };
}

/** Averages squares of `factor` pixels, as a way to a smaller picture whose own compression no longer shows. */
export function shrink({ width, height, data }: Rgb, factor: number): Rgb {
  const [w, h] = [Math.floor(width / factor), Math.floor(height / factor)];
  const shrunk = new Uint8Array(w * h * 3);
  for (let i = 0; i < shrunk.length; i++) {
    const [x, y, c] = [Math.floor(i / 3) % w, Math.floor(i / 3 / w), i % 3];
    let sum = 0;
    for (let dy = 0; dy < factor; dy++) {
      for (let dx = 0; dx < factor; dx++) sum += data[((y * factor + dy) * width + x * factor + dx) * 3 + c];
    }
    shrunk[i] = Math.round(sum / factor ** 2);
  }
  return { width: w, height: h, data: shrunk };
}
