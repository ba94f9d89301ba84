/** A browser, or another runtime with the web's interfaces. */
import { AdapterError, ImageError, InputError } from "../errors.js";
import type { Pixels } from "../image/pixels.js";
import { isSoftware } from "../runtime/device.js";
import { databaseStore } from "../tuning/database-store.js";
import type { Drawable, Platform } from "./platform.js";

export const webPlatform = {
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

  /** The browser's own decoder: every format it shows, upright, at 8 bits a channel. */
  async decode(bytes) {
    let bitmap: ImageBitmap;
    try {
      // Without premultiplication: colours under a low alpha would lose bits.
      bitmap = await createImageBitmap(new Blob([bytes as BlobPart]), { premultiplyAlpha: "none" });
    } catch (cause) {
      throw new ImageError(
        "IMAGE_FORMAT",
        "The browser cannot decode the image.",
        "Give a JPEG, PNG, WebP or AVIF file that is whole.",
        { cause },
      );
    }
    return { ...drawable(bitmap, bitmap.width, bitmap.height, ""), close: () => bitmap.close() };
  },

  open(image) {
    switch (className(image)) {
      case "ImageBitmap": {
        const bitmap = image as ImageBitmap;
        return drawable(
          bitmap,
          bitmap.width,
          bitmap.height,
          "Give a bitmap before it is closed or transferred.",
        );
      }
      case "VideoFrame": {
        const frame = image as VideoFrame;
        return shown(frame, frame.displayWidth, frame.displayHeight, "Give a frame before it is closed.");
      }
      case "HTMLImageElement": {
        const element = image as HTMLImageElement;
        const [width, height] = element.complete ? [element.naturalWidth, element.naturalHeight] : [0, 0];
        return drawable(
          element,
          width,
          height,
          "Await `image.decode()` first, which also says what is wrong.",
        );
      }
      case "HTMLVideoElement": {
        const video = image as HTMLVideoElement;
        const hasFrame = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
        const [width, height] = hasFrame ? [video.videoWidth, video.videoHeight] : [0, 0];
        return shown(video, width, height, "Wait for the video's `loadeddata` event first.");
      }
      case "HTMLCanvasElement":
      case "OffscreenCanvas": {
        const canvas = image as HTMLCanvasElement | OffscreenCanvas;
        return drawable(canvas, canvas.width, canvas.height, "Give the canvas a size, and draw on it.");
      }
      case "ImageData":
        return convertImageData(image as ImageData);
      default:
        return undefined;
    }
  },

  tunings: databaseStore,
} satisfies Platform;

/** The name of a web interface's object, whichever window it is from and whether or not this one has the interface. */
function className(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** @param mend What to do where there are no pixels. */
function drawable(source: Drawable["source"], width: number, height: number, mend: string): Drawable {
  if (width > 0 && height > 0) {
    const draw = () => drawn(width, height, (context) => context.drawImage(source, 0, 0));
    return { source, width, height, draw };
  }
  throw new InputError("INPUT_EMPTY", `The ${className(source)} has no pixels.`, mend);
}

/**
 * A video's picture, by way of a canvas, which stays on the GPU where canvases do. Copying it to a texture directly ends
 * the GPU process of Chromium's headless shell on SwiftShader (seen in 138 and 143).
 */
function shown(source: VideoFrame | HTMLVideoElement, width: number, height: number, mend: string): Drawable {
  const { draw } = drawable(source, width, height, mend);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")!.drawImage(source, 0, 0, width, height);
  return { source: canvas, width, height, draw };
}

/** Pixels of an ImageData that is not bytes in sRGB; one that is needs no browser. */
function convertImageData(image: ImageData): Pixels | undefined {
  const { colorSpace, data, width, height } = image;
  if (colorSpace === "srgb" && data instanceof Uint8ClampedArray) return undefined;
  return drawn(width, height, (context) => context.putImageData(image, 0, 0));
}

/** What is drawn on an empty canvas, in sRGB. */
function drawn(
  width: number,
  height: number,
  draw: (context: OffscreenCanvasRenderingContext2D) => void,
): Pixels {
  try {
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    draw(context);
    const { data } = context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
    return { width, height, data, orientation: 1, warnings: [] };
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "SecurityError") {
      throw new InputError(
        "INPUT_TAINTED",
        "The page may not read these pixels: they come from another site.",
        'Load the picture with crossOrigin = "anonymous", from a server that allows it by CORS headers.',
        { cause },
      );
    }
    throw new ImageError(
      "IMAGE_DRAW",
      `The browser cannot draw the picture of ${width}×${height} pixels: ${reasonOf(cause)}`,
      "Give a smaller picture, or one that the page can show.",
      { cause },
    );
  }
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
