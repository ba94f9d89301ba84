/** JPEG files, through jpeg-js. */
import { type Subsampling, yccToRgb } from "./chroma.js";
import { exifOrientation } from "./exif.js";
import { profileWarning } from "./icc.js";
import { type JpegComponent, type JpegFile, readJpeg } from "./jpeg-segments.js";
import type { Pixels } from "./pixels.js";
import { corrupt, tooLarge, truncated, unsupported } from "./problems.js";

/**
 * Decodes a baseline or progressive 8-bit JPEG file: grey, YCbCr, RGB, and Adobe's CMYK and YCCK, which are converted
 * to RGB without a profile. The picture is opaque; its EXIF orientation is reported, not applied; colours are not
 * converted, but a profile other than sRGB leaves a warning.
 * @param maxPixels The largest picture allowed, checked before anything is decoded.
 * @param maxMegabytes The memory that decoding may take, in MiB; about 15 bytes a pixel are needed.
 * @throws ImageError IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  maxPixels: number,
  maxMegabytes: number,
): Promise<Pixels> {
  const file = readJpeg(bytes, maxPixels);
  const { width, height, components, icc, exif } = file;
  if (components.length === 4 && !file.adobe) {
    throw unsupported("The picture is a CMYK JPEG without Adobe's marker, which leaves its inks undefined.");
  }
  const data = await decodeScans(file, maxPixels, maxMegabytes);
  if (isYcc(file)) yccToRgb(data, width, height, subsampling(components));

  const warnings: string[] = [];
  if (components.length === 4)
    warnings.push("The picture is CMYK; its inks are converted to RGB without a profile.");
  const profile = icc && profileWarning(icc);
  if (profile) warnings.push(profile);
  return { width, height, data, orientation: exif ? exifOrientation(exif) : 1, warnings };
}

/** The components of each pixel as stored, chroma replicated; grey and CMYK as RGB. Four bytes a pixel. */
async function decodeScans(file: JpegFile, maxPixels: number, maxMegabytes: number): Promise<Uint8Array> {
  const { default: jpeg } = await import("jpeg-js");
  const { components, adobe } = file;
  let { bytes } = file;
  if (components.length === 3 && adobe) {
    // Else jpeg-js would convert to RGB by itself, whatever `colorTransform` says, and round towards 0.
    bytes = bytes.slice();
    bytes[adobe.at] = 0;
  }
  try {
    return jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      colorTransform: components.length === 3 ? false : undefined,
      // This tolerates no damage: it is needed for a last restart interval that is shorter than the others.
      tolerantDecoding: true,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: maxMegabytes,
    }).data;
  } catch (error) {
    throw asImageError(error, maxMegabytes);
  }
}

/** What jpeg-js means by its untyped errors. */
function asImageError(error: unknown, maxMegabytes: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (/maxMemoryUsage|allocat|array length/i.test(message)) {
    return tooLarge(
      `Decoding the JPEG file takes more than the ${maxMegabytes} MiB allowed.`,
      "Score a smaller version or a crop, or raise maxMegabytes.",
      error,
    );
  }
  if (/unexpected marker: ffd9/.test(message)) {
    return truncated("The JPEG file's picture data ends before the picture is complete.", error);
  }
  return corrupt(`The JPEG file cannot be decoded: ${message}.`, error);
}

/** Whether three components are luma and chroma, not RGB; libjpeg's rule. */
function isYcc({ components, jfif, adobe }: JpegFile): boolean {
  if (components.length !== 3) return false;
  if (jfif) return true;
  if (adobe) return adobe.transform !== 0;
  return String.fromCharCode(...components.map(({ id }) => id)) !== "RGB";
}

/** The chroma's subsampling; odd kinds count as none, that is, their replicated samples are used as they are. */
function subsampling([luma, ...chroma]: JpegComponent[]): Subsampling {
  const step = (axis: "h" | "v") => (chroma.every((c) => c[axis] * 2 === luma[axis]) ? 2 : 1);
  return { x: step("h"), y: step("v") };
}
