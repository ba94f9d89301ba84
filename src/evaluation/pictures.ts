/** A data set's pictures at the size at which they are judged or shown. */
import { orientationMap, orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import { type Rgba, resize } from "../image/resize.js";
import { nodePlatform } from "../node/platform.js";

/** A picture upright, 8 bits, with its shorter side of so many pixels. */
export async function readAtShortSide(path: string, shortSide: number): Promise<Rgba> {
  return scaled(await readUpright(path), (width, height) => shortSide / Math.min(width, height));
}

/** A picture upright, 8 bits, reduced to a longer side of at most so many pixels. */
export async function readAtLongSide(path: string, longSide: number): Promise<Rgba> {
  return scaled(await readUpright(path), (width, height) => Math.min(1, longSide / Math.max(width, height)));
}

function scaled(picture: Rgba, scaleOf: (width: number, height: number) => number): Rgba {
  const scale = scaleOf(picture.width, picture.height);
  if (scale === 1) return picture;
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.floor(side * scale + 0.5)),
  );
  return resize(picture, width, height);
}

async function readUpright(path: string): Promise<Rgba> {
  return upright(await nodePlatform.decode(await nodePlatform.readImageFile(path)));
}

function upright({ width, height, data: stored, orientation }: Pixels): Rgba {
  const data = stored instanceof Uint16Array ? Uint8Array.from(stored, (v) => Math.round(v / 257)) : stored;
  const size = orientedSize(width, height, orientation);
  const turned = new Uint8Array(data.length);
  const { x0, xx, xy, y0, yx, yy } = orientationMap(width, height, orientation);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const from = ((y0 + yx * x + yy * y) * width + x0 + xx * x + xy * y) * 4;
      turned.set(data.subarray(from, from + 4), (y * size.width + x) * 4);
    }
  }
  return { ...size, data: turned };
}
