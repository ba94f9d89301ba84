/** Decoded pictures in memory, and pictures that a caller has decoded. */
import { InputError } from "../errors.js";

/**
 * A decoded picture as its file stores it. Nothing is lost or mixed here: alpha stays straight (it is composited over
 * white later), 16-bit channels stay 16 bits, the orientation is still to be applied, and colours are as stored,
 * whatever their profile (one that is not sRGB leaves a warning).
 */
export interface Pixels {
  /** Stored size in pixels, before `orientation`. */
  width: number;
  height: number;
  /** RGBA interleaved, `width·height·4` values, 0..255 or, for a Uint16Array, 0..65535. */
  data: Uint8Array | Uint8ClampedArray | Uint16Array;
  /** EXIF orientation, 1..8. */
  orientation: number;
  /** What a user should know about the picture, one sentence each. */
  warnings: string[];
}

/** A picture that a caller has decoded: rows from the top, channels interleaved, alpha (if any) straight. */
export interface RawImage {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Grey, grey and alpha, RGB, or RGBA; 4 by default. */
  channels?: 1 | 2 | 3 | 4;
  /** `width·height·channels` sRGB values: 0..255, 0..65535, or floats in [0, 1], which are rounded to 16 bits. */
  data: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
}

/**
 * Brings a caller's picture to RGBA. 8-bit and 16-bit RGBA data are used as they are, without a copy.
 * @throws InputError INPUT_SIZE, INPUT_CHANNELS, INPUT_DATA, INPUT_LENGTH or INPUT_RANGE.
 */
export function pixelsFromRaw({ width, height, channels = 4, data }: RawImage): Pixels {
  requireSize(width, height);
  if (![1, 2, 3, 4].includes(channels)) {
    throw new InputError(
      "INPUT_CHANNELS",
      `A picture cannot have ${channels} channels.`,
      "Give 1, 2, 3 or 4 channels.",
    );
  }
  if (
    !(
      data instanceof Uint8Array ||
      data instanceof Uint8ClampedArray ||
      data instanceof Uint16Array ||
      data instanceof Float32Array
    )
  ) {
    throw new InputError(
      "INPUT_DATA",
      "A picture's data must be a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array.",
      "Copy the values into one of these.",
    );
  }
  const length = width * height * channels;
  if (data.length !== length) {
    throw new InputError(
      "INPUT_LENGTH",
      `${width}×${height} pixels of ${channels} channels are ${length} values, but the data has ${data.length}.`,
      "Give interleaved channels without padding between rows, and check the number of channels.",
    );
  }
  const integers = data instanceof Float32Array ? sixteenBits(data) : data;
  return { width, height, data: toRgba(integers, channels), orientation: 1, warnings: [] };
}

/** @throws InputError INPUT_SIZE unless both are whole numbers of pixels, at least 1. */
export function requireSize(width: number, height: number): void {
  if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0)) {
    throw new InputError(
      "INPUT_SIZE",
      `A picture cannot be ${width}×${height}.`,
      "Give whole numbers of pixels, at least 1.",
    );
  }
}

function sixteenBits(data: Float32Array): Uint16Array {
  return Uint16Array.from(data, (value, i) => {
    // Written so that NaN fails, too.
    if (!(value >= 0 && value <= 1)) {
      throw new InputError(
        "INPUT_RANGE",
        `Value ${i} of the picture is ${value}; floats must lie in [0, 1].`,
        "Clamp the values to [0, 1], after dividing by 255 if they are in 0..255.",
      );
    }
    return Math.round(value * 65535);
  });
}

/** Spreads interleaved channels (grey, grey and alpha, RGB, RGBA) to RGBA; opaque where there is no alpha. */
export function toRgba<T extends Uint8Array | Uint8ClampedArray | Uint16Array>(data: T, channels: number): T {
  if (channels === 4) return data;
  const pixels = data.length / channels;
  const rgba = new (data.constructor as new (length: number) => T)(pixels * 4).fill(
    data instanceof Uint16Array ? 65535 : 255,
  ) as T;
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let p = 0; p < pixels; p++) {
    rgba[p * 4] = data[p * channels];
    rgba[p * 4 + 1] = data[p * channels + green];
    rgba[p * 4 + 2] = data[p * channels + blue];
    if (channels === 2) rgba[p * 4 + 3] = data[p * 2 + 1];
  }
  return rgba;
}
