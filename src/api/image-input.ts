/** Every form in which a caller may hand over a picture. */
import { InputError } from "../errors.js";
import { type Pixels, pixelsFromRaw, type RawImage } from "../image/pixels.js";
import type { Platform } from "./platform.js";

/**
 * A path (in Node), a URL, encoded bytes, or pixels: `{ data, width, height, channels }` with 1 to 4 channels of u8,
 * u16 or f32 in [0,1], which ImageData is too. In a browser also whatever a canvas can draw.
 */
export type ImageInput =
  | string
  | URL
  | ArrayBuffer
  | Uint8Array
  | Blob
  | RawImage
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame;

/** @throws ImageError for bytes that cannot be read or decoded, InputError (INPUT_IMAGE) for anything else. */
export async function readImage(image: ImageInput, platform: Platform): Promise<Pixels> {
  if (typeof image === "string" || image instanceof URL)
    return platform.decode(await platform.readImageFile(image));
  if (image instanceof Uint8Array) return platform.decode(image);
  if (image instanceof ArrayBuffer) return platform.decode(new Uint8Array(image));
  if (image instanceof Blob) return platform.decode(new Uint8Array(await image.arrayBuffer()));
  if (isRaw(image)) return pixelsFromRaw(image);
  const pixels = platform.pixelsOf?.(image);
  if (pixels) return pixels;
  throw new InputError(
    "INPUT_IMAGE",
    `A picture cannot be read from ${image === null ? "null" : typeof image}.`,
    "Give a path, a URL, encoded bytes, a Blob, or { data, width, height, channels }.",
  );
}

function isRaw(image: unknown): image is RawImage {
  return (
    typeof image === "object" && image !== null && "data" in image && "width" in image && "height" in image
  );
}
