/** A browser, or another runtime with the web's interfaces. */
import { AdapterError, ImageError } from "../errors.js";
import type { Pixels } from "../image/pixels.js";
import { isSoftware } from "../runtime/device.js";
import type { Platform } from "./platform.js";

export const webPlatform: Platform = {
  async requestAdapter(mode) {
    const gpu = globalThis.navigator?.gpu;
    if (!gpu) {
      throw new AdapterError(
        "NO_WEBGPU",
        "This runtime has no WebGPU (navigator.gpu).",
        "Use a current browser over https or localhost, or the CPU executor ({ adapter: 'cpu' }).",
      );
    }
    const adapter = await gpu.requestAdapter({
      powerPreference: "high-performance",
      forceFallbackAdapter: mode === "software",
    });
    if (adapter && (mode !== "hardware" || !isSoftware(adapter.info))) return adapter;
    throw new AdapterError(
      "NO_ADAPTER",
      mode === "auto" ? "There is no WebGPU adapter." : `There is no ${mode} WebGPU adapter.`,
      "Enable hardware acceleration in the browser's settings, or use the CPU executor ({ adapter: 'cpu' }).",
    );
  },

  async readImageFile(from) {
    const response = await fetch(from).catch((cause) => {
      throw fileError(from, reasonOf(cause), cause);
    });
    if (!response.ok) throw fileError(from, `status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  },

  /** The browser's own decoder: every format it shows, upright, converted to sRGB, at 8 bits. */
  async decode(bytes) {
    let bitmap: ImageBitmap;
    try {
      bitmap = await createImageBitmap(new Blob([bytes as BlobPart]), { premultiplyAlpha: "none" });
    } catch (cause) {
      throw new ImageError(
        "IMAGE_FORMAT",
        "The browser cannot decode the image.",
        "Give a JPEG, PNG, WebP or AVIF file that is whole.",
        { cause },
      );
    }
    const pixels = draw(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    return pixels;
  },

  pixelsOf(image) {
    if (image instanceof ImageBitmap || image instanceof OffscreenCanvas)
      return draw(image, image.width, image.height);
    if (typeof VideoFrame !== "undefined" && image instanceof VideoFrame) {
      return draw(image, image.displayWidth, image.displayHeight);
    }
    if (typeof HTMLElement === "undefined") return undefined;
    if (image instanceof HTMLImageElement) return draw(image, image.naturalWidth, image.naturalHeight);
    if (image instanceof HTMLVideoElement) return draw(image, image.videoWidth, image.videoHeight);
    if (image instanceof HTMLCanvasElement) return draw(image, image.width, image.height);
    return undefined;
  },
};

function draw(image: CanvasImageSource, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
  return { width, height, data, orientation: 1, warnings: [] };
}

/** Node's fetch says no more than "fetch failed"; the reason is its error's cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? cause.message : message;
}

function fileError(from: string | URL, reason: string, cause?: unknown): ImageError {
  return new ImageError(
    "IMAGE_FILE",
    `${from} cannot be read: ${reason}`,
    "Check the address and that it may be read from here.",
    { cause },
  );
}
