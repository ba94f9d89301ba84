/** The errors of image files, each with what to do about it. */
import { ImageError } from "../errors.js";

/** The file ends before the picture does. */
export function truncated(message: string, cause?: unknown): ImageError {
  return new ImageError("IMAGE_TRUNCATED", message, "Copy or download the file again; it is incomplete.", {
    cause,
  });
}

/** The file contradicts itself or its format. */
export function corrupt(message: string, cause?: unknown): ImageError {
  return new ImageError(
    "IMAGE_CORRUPT",
    message,
    "Copy or download the file again, or export the picture anew.",
    { cause },
  );
}

/** A picture of a kind that the decoders do not know. */
export function unsupported(message: string): ImageError {
  return new ImageError(
    "IMAGE_UNSUPPORTED",
    message,
    "Convert the picture to a baseline or progressive 8-bit JPEG, or to PNG.",
  );
}

/** The picture needs more memory than is allowed. */
export function tooLarge(message: string, mend: string, cause?: unknown): ImageError {
  return new ImageError("IMAGE_TOO_LARGE", message, mend, { cause });
}

/**
 * Checks a header's size before anything is allocated for it.
 * @throws ImageError IMAGE_CORRUPT for a side of 0, IMAGE_TOO_LARGE beyond `maxPixels`.
 */
export function checkSize(width: number, height: number, maxPixels: number): void {
  if (width === 0 || height === 0) throw corrupt(`The header says ${width}×${height} pixels.`);
  if (width * height > maxPixels) {
    throw tooLarge(
      `The picture is ${width}×${height}, more than the ${maxPixels} pixels allowed.`,
      "Score a smaller version or a crop, or raise maxPixels.",
    );
  }
}
