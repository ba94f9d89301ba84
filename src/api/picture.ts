/** A picture as a network takes it. */
import { orientationMap, orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import type { PixelFormat } from "../model/picture.js";
import type { DeviceTensor } from "../runtime/device-tensor.js";

/** A part of a picture, upright, in pixels. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Straight-alpha RGBA as `picture` of src/model reads it; in memory, or on the device that is to read it. */
export type PictureWords = Uint32Array | DeviceTensor;

export class Picture {
  constructor(
    readonly format: PixelFormat,
    readonly words: PictureWords,
    /** What a user should know about the picture, one sentence each. */
    readonly warnings: string[] = [],
  ) {}

  /** A picture in memory; its pixels are not copied where they are aligned. */
  static of({ width, height, data, orientation, warnings }: Pixels): Picture {
    const depth = data instanceof Uint16Array ? 16 : 8;
    const { buffer, byteOffset, byteLength } = data.byteOffset % 4 === 0 ? data : data.slice();
    const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
    return new Picture({ width, height, depth, orientation }, words, warnings);
  }

  /** Size in pixels, upright. */
  get upright(): { width: number; height: number } {
    return orientedSize(this.format.width, this.format.height, this.format.orientation);
  }

  /** Copies the words of a part, which are stored as the picture is: turned like it. They are the caller's. */
  async cut({ left, top, width, height }: Part): Promise<PictureWords> {
    const { format, words } = this;
    const { x0, xx, xy, y0, yx, yy } = orientationMap(format.width, format.height, format.orientation);
    const [right, bottom] = [left + width - 1, top + height - 1];
    const storedLeft = x0 + Math.min(xx * left, xx * right) + Math.min(xy * top, xy * bottom);
    const storedTop = y0 + Math.min(yx * left, yx * right) + Math.min(yy * top, yy * bottom);
    const stored = orientedSize(width, height, format.orientation);
    if (!(words instanceof Uint32Array)) return words.crop({ left: storedLeft, top: storedTop, ...stored });

    const wordsPerPixel = format.depth / 8;
    const length = stored.width * wordsPerPixel;
    const part = new Uint32Array(length * stored.height);
    for (let row = 0; row < stored.height; row++) {
      const from = ((storedTop + row) * format.width + storedLeft) * wordsPerPixel;
      part.set(words.subarray(from, from + length), row * length);
    }
    return part;
  }

  /** Gives back what it holds on a device. */
  dispose(): void {
    if (!(this.words instanceof Uint32Array)) this.words.dispose();
  }
}
