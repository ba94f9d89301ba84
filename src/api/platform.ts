/** What differs between a browser and Node. */
import type { Pixels } from "../image/pixels.js";
import type { AdapterMode } from "../runtime/device.js";

export interface Platform {
  /** @throws AdapterError NO_WEBGPU or NO_ADAPTER. */
  requestAdapter(mode: AdapterMode): Promise<GPUAdapter>;
  /** Reads a weights file; where there are no files, every string is a URL. */
  readFile?(path: string | URL): Promise<Uint8Array>;
  /** Reads an image file from a path or URL. @throws ImageError (IMAGE_FILE). */
  readImageFile(from: string | URL): Promise<Uint8Array>;
  /** Decodes an image file. @throws ImageError. */
  decode(bytes: Uint8Array): Promise<Pixels>;
  /** Pixels of an object that only this platform has, such as a canvas; undefined when it is none. */
  pixelsOf?(image: unknown): Pixels | undefined;
}
