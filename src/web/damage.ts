/** What the sliders do to a picture. */
import { normal, random } from "../random.js";

/** How much of each; 0 leaves the picture as it is. */
export interface Damage {
  /** Standard deviation of a Gaussian blur, in pixels of the picture at the model's scale. */
  blur: number;
  /** Standard deviation of white noise, of 255. */
  noise: number;
  /** Strength of JPEG's compression: 100 less the encoder's quality. */
  compression: number;
  /** Light that is taken away, in percent. */
  darkness: number;
}

export const undamaged: Damage = { blur: 0, noise: 0, compression: 0, darkness: 0 };

export function isUndamaged(damage: Damage): boolean {
  return Object.values(damage).every((amount) => amount === 0);
}

/** A damaged copy, in the order in which pictures are spoilt: too little light, out of focus, noise, compression. */
export async function applyDamage(
  picture: ImageData,
  { blur, noise, compression, darkness }: Damage,
): Promise<ImageData> {
  let data: Rgba = picture.data;
  if (darkness > 0) data = darken(data, 1 - darkness / 100);
  if (blur > 0) data = gaussianBlur(data, picture.width, picture.height, blur);
  if (noise > 0) data = addNoise(data, noise);
  const damaged = new ImageData(new Uint8ClampedArray(data), picture.width, picture.height);
  return compression > 0 ? compress(damaged, 1 - compression / 100) : damaged;
}

type Rgba = Uint8ClampedArray<ArrayBuffer>;

/** Scales linear light, which sRGB's curve turns into a power of the stored values. */
export function darken(rgba: Rgba, light: number): Rgba {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => value * light ** (1 / 2.2));
  return rgba.map((value, i) => (i % 4 === 3 ? value : table[value]));
}

/** Separable, edges repeated. */
export function gaussianBlur(rgba: Rgba, width: number, height: number, sigma: number): Rgba {
  const radius = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i] /= total;
  const across = new Float32Array(rgba.length);
  blurLines(rgba, across, kernel, width, 4, height, width * 4);
  const blurred = new Uint8ClampedArray(rgba.length);
  blurLines(across, blurred, kernel, height, width * 4, width, 4);
  return blurred;
}

/** Blurs `lines` lines of `length` pixels; steps are from pixel to pixel and from line to line. */
function blurLines(
  from: Rgba | Float32Array,
  to: Rgba | Float32Array,
  kernel: Float32Array,
  length: number,
  step: number,
  lines: number,
  lineStep: number,
): void {
  const radius = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let at = 0; at < length; at++) {
      let [red, green, blue] = [0, 0, 0];
      for (let t = 0; t < kernel.length; t++) {
        const pixel = start + Math.min(Math.max(at + t - radius, 0), length - 1) * step;
        red += kernel[t] * from[pixel];
        green += kernel[t] * from[pixel + 1];
        blue += kernel[t] * from[pixel + 2];
      }
      const pixel = start + at * step;
      to[pixel] = red;
      to[pixel + 1] = green;
      to[pixel + 2] = blue;
      to[pixel + 3] = 255;
    }
  }
}

/** Values of the noise that are drawn; it repeats after a hundred rows or so, where nobody sees it. */
const noiseLength = 2 ** 18;

let noiseField: Float32Array | undefined;

/** The same noise at every strength, so that a slider changes how much there is, and not which. */
export function addNoise(rgba: Rgba, deviation: number): Rgba {
  if (!noiseField) {
    const draw = random(1, "noise");
    noiseField = Float32Array.from({ length: noiseLength }, () => normal(draw));
  }
  const field = noiseField;
  return rgba.map((value, i) => (i % 4 === 3 ? value : value + deviation * field[i % noiseLength]));
}

/** Through the browser's own JPEG encoder and decoder. */
async function compress(picture: ImageData, quality: number): Promise<ImageData> {
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.putImageData(picture, 0, 0);
  const bitmap = await createImageBitmap(await context.canvas.convertToBlob({ type: "image/jpeg", quality }));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
