/** Image files to pixels. */
import { ImageError } from "../errors.js";
import { decodeBmp } from "./bmp.js";
import { decodeJpeg } from "./jpeg.js";
import type { Pixels } from "./pixels.js";
import { decodePng } from "./png.js";
import { corrupt } from "./problems.js";

export interface DecodeOptions {
  /** The largest picture allowed, in pixels; 100 million by default. Checked before anything is decoded. */
  maxPixels?: number;
  /** The memory that decoding a JPEG may take, in MiB; 2048 by default. */
  maxMegabytes?: number;
  /** Decodes what is neither PNG nor JPEG nor BMP. */
  fallback?: (bytes: Uint8Array) => Promise<Pixels>;
}

/**
 * Decodes an image file, whatever its name: PNG, JPEG, BMP, or what `fallback` knows. The picture comes as stored: alpha
 * straight, 16 bits kept, the EXIF orientation reported but not applied, colours not converted (a warning tells of a
 * profile other than sRGB).
 * @throws ImageError IMAGE_EMPTY, IMAGE_FORMAT, IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Pixels> {
  const { maxPixels = 100e6, maxMegabytes = 2048, fallback } = options;
  if (bytes.length === 0) {
    throw new ImageError("IMAGE_EMPTY", "The image file is empty.", "Copy or download the file again.");
  }
  const format = imageFormat(bytes);
  if (format === "PNG") return decodePng(bytes, maxPixels);
  if (format === "JPEG") return decodeJpeg(bytes, maxPixels, maxMegabytes);
  if (format === "BMP") return decodeBmp(bytes, maxPixels);
  if (!fallback) {
    throw new ImageError(
      "IMAGE_FORMAT",
      `${format ? `This is ${format}` : "This is no image format that is known"}; PNG, JPEG and BMP are supported.`,
      "Convert the picture to PNG or JPEG, or hand over decoded pixels.",
    );
  }
  return fallback(bytes).catch((error) => {
    if (error instanceof ImageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw corrupt(`The ${format ?? "image"} file cannot be decoded: ${reason}`, error);
  });
}

/** Formats by the bytes, as Latin-1 text, that they have at a place. */
const magic: readonly [at: number, bytes: string, format: string][] = [
  [0, "\x89PNG", "PNG"],
  [0, "\xff\xd8", "JPEG"],
  [8, "WEBP", "WebP"],
  [4, "ftypavi", "AVIF"],
  [4, "ftyphe", "HEIC"],
  [4, "ftypmif1", "HEIF"],
  [4, "ftypmsf1", "HEIF"],
  [0, "GIF8", "GIF"],
  [0, "BM", "BMP"],
  [0, "II*\0", "TIFF"],
  [0, "MM\0*", "TIFF"],
  [0, "\xff\x0a", "JPEG XL"],
  [4, "JXL ", "JPEG XL"],
  [4, "jP  ", "JPEG 2000"],
  [0, "\xff\x4f\xff\x51", "JPEG 2000"],
  [0, "8BPS", "a Photoshop document"],
  [0, "%PDF", "PDF"],
  [0, "PK\x03\x04", "a ZIP archive"],
];

/** Texts by how they begin. */
const texts: readonly [pattern: RegExp, format: string][] = [
  [/^\s*(<\?xml.*)?<svg/s, "SVG"],
  [/^\s*<(!doctype )?html/i, "an HTML page, perhaps an error message instead of the picture"],
  [/^[\s!-~]+$/, "text"],
];

/** The name of a file's format, by its first bytes; undefined when it is none that is known. */
function imageFormat(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 256));
  const [, , binary] = magic.find(([at, start]) => head.startsWith(start, at)) ?? [];
  return binary ?? texts.find(([pattern]) => pattern.test(head))?.[1];
}
