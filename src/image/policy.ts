/** How a picture is brought to the model's scale. */
import { InputError } from "../errors.js";

export interface Fit {
  width: number;
  height: number;
  /** The policy in words, as results report it. */
  policy: string;
}

/** The model's five levels need this many pixels a side. */
const minSide = 32;

/** Pictures are judged at their own size up to a shorter side of 512, the scale that the checkpoints were trained at. */
const maxShortSide = 512;

/** Bounds memory for panoramas. */
const maxLongSide = 2048;

/**
 * The size at which a picture of `width`×`height` pixels (already turned upright) is judged: its own, unless its
 * shorter side exceeds 512 or its longer side 2048; then both sides shrink by one factor until neither does, by
 * Pillow's antialiased bicubic filter.
 * @throws InputError (INPUT_TOO_SMALL) when a side is, or would become, shorter than 32.
 */
export function fitToModel(width: number, height: number): Fit {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  const scale = Math.min(1, maxShortSide / short, maxLongSide / long);
  const fit = { width: Math.round(width * scale), height: Math.round(height * scale) };
  requireMinSide(width, height, fit);
  const policy = scale === 1 ? "own size" : `bicubic to ${fit.width}x${fit.height}`;
  return { ...fit, policy };
}

/**
 * @param judged The size at which the picture is to be judged; its own by default.
 * @throws InputError (INPUT_TOO_SMALL) when a side of it is shorter than 32.
 */
export function requireMinSide(width: number, height: number, judged = { width, height }): void {
  if (Math.min(judged.width, judged.height) >= minSide) return;
  const shrunk = judged.width < width ? `, ${judged.width}×${judged.height} at the model's scale` : "";
  throw new InputError(
    "INPUT_TOO_SMALL",
    `The picture is ${width}×${height}${shrunk}; at least ${minSide}×${minSide} is needed.`,
    "Score a larger picture, or a crop that is less elongated.",
  );
}
