/** Formats beyond PNG and JPEG (WebP, AVIF, TIFF, …) through `sharp`, if the user has installed it. */
import type { Pixels } from "../image/pixels.js";

/** The part of sharp that is used; it is no dependency, so its types are not here. */
type Sharp = (bytes: Uint8Array, options: object) => SharpImage;

interface SharpImage {
  rotate(): SharpImage;
  toColourspace(space: string): SharpImage;
  ensureAlpha(): SharpImage;
  raw(): SharpImage;
  toBuffer(options: object): Promise<{ data: Uint8Array; info: { width: number; height: number } }>;
}

/** A decoder that gives pixels upright and in sRGB at 8 bits; undefined when sharp is not installed. */
export async function sharpDecoder(): Promise<((bytes: Uint8Array) => Promise<Pixels>) | undefined> {
  // In a variable, so that neither tsc nor a bundler looks for a package that is no dependency.
  const name = "sharp";
  const sharp: Sharp | undefined = await import(name).then(
    (module) => module.default,
    () => undefined,
  );
  if (!sharp) return undefined;
  return async (bytes) => {
    const image = sharp(bytes, { failOn: "error" }).rotate().toColourspace("srgb").ensureAlpha().raw();
    const { data, info } = await image.toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data, orientation: 1, warnings: [] };
  };
}
