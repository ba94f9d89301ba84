/** What differs between a browser and Node. */
import type { Pixels } from "../image/pixels.js";
import type { AdapterMode } from "../runtime/device.js";
import type { TuningStore } from "../tuning/store.js";

export interface Platform {
  /** @throws AdapterError NO_WEBGPU or NO_ADAPTER. */
  requestAdapter(mode: AdapterMode): Promise<GPUAdapter>;
  /** Reads a weights file; where there are no files, every string is a URL. */
  readFile?(path: string | URL): Promise<Uint8Array>;
  /** Reads an image file from a path or URL. @throws ImageError (IMAGE_FILE). */
  readImageFile(from: string | URL): Promise<Uint8Array>;
  /** Decodes an image file. @throws ImageError. */
  decode(bytes: Uint8Array): Promise<Pixels | Drawable>;
  /**
   * A picture of a kind that only this platform has, such as a canvas; undefined when it is none.
   * @throws InputError (INPUT_EMPTY) where it has no pixels, such as a bitmap that was closed.
   */
  open?(image: unknown): Pixels | Drawable | undefined;
  /** Where tuning tables are kept from run to run. */
  tunings?: TuningStore;
  /** Milliseconds of CPU time that this process has used, and with it adapters that run on the CPU. */
  cpuTime?(): number;
}

/** A picture that a browser holds, and can show and copy to a texture. */
export interface Drawable {
  source: Exclude<GPUCopyExternalImageSource, ImageData>;
  /** Upright size in pixels. */
  width: number;
  height: number;
  /**
   * Its pixels in sRGB, by way of a canvas.
   * @throws InputError (INPUT_TAINTED) where the page may show but not read them, ImageError (IMAGE_DRAW).
   */
  draw(): Pixels;
  /** Frees a source that is nobody else's. */
  close?(): void;
}
