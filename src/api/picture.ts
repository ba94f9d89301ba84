/** A picture as a network takes it. */
import type { Resident } from "../graph/executor.js";
import { orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import type { PixelFormat } from "../model/picture.js";

export class Picture {
  constructor(
    readonly format: PixelFormat,
    /** Straight-alpha RGBA as `picture` of src/model reads it; in memory, or on the device that is to read it. */
    readonly words: Uint32Array | Resident,
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

  /** Gives back what it holds on a device. */
  dispose(): void {
    if (!(this.words instanceof Uint32Array)) this.words.dispose();
  }
}
