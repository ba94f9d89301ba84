/** Formats beyond PNG and JPEG (WebP, AVIF, TIFF, …) through `sharp`, if the user has installed it. */
import type { Pixels } from "../image/pixels.js";

/** The part of sharp that is used; it is no dependency, so its types are not here. */
type Sharp = (
  bytes: Uint8Array,
  options: object,
) => {
  rotate(): ReturnType<Sharp>;
  toColourspace(space: string): ReturnType<Sharp>;
  ensureAlpha(): ReturnType<Sharp>;
  raw(): ReturnType<Sharp>;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number };
  }>;
};

/** Pixels by sharp, upright and in sRGB at 8 bits; undefined when sharp is not installed. */
export async function decodeWithSharp(bytes: Uint8Array): Promise<Pixels | undefined> {
  const name = "sharp";
  const module = await import(name).catch(() => undefined);
  if (!module) return undefined;
  const sharp: Sharp = module.default;
  const image = sharp(bytes, { failOn: "error" }).rotate().toColourspace("srgb").ensureAlpha().raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data, orientation: 1, warnings: [] };
}
