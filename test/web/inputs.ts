/** The same small picture in every form that a browser has for one, and what is none; for pages and for workers. */
import type { ImageInput } from "../../src/index.js";
import { muted, type Pattern } from "./pattern.js";

export type Alpha = "opaque" | "transparent";

const imageData = ({ data, width, height }: Pattern, settings?: ImageDataSettings) =>
  new ImageData(data, width, height, settings);

/** Draws without loss: putImageData keeps what a canvas can hold. */
function drawn<C extends HTMLCanvasElement | OffscreenCanvas>(canvas: C, picture: Pattern): C {
  Object.assign(canvas, { width: picture.width, height: picture.height });
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.putImageData(imageData(picture), 0, 0);
  return canvas;
}

function frameOf({ data, width, height }: Pattern, init: Partial<VideoFrameBufferInit> = {}): VideoFrame {
  return new VideoFrame(data, {
    format: "RGBA",
    codedWidth: width,
    codedHeight: height,
    timestamp: 0,
    ...init,
  });
}

async function loaded(url: string, crossOrigin: string | null = null): Promise<HTMLImageElement> {
  const image = Object.assign(new Image(), { src: url, crossOrigin });
  await image.decode();
  return image;
}

/** A video that shows a canvas; its frames are not compressed on their way. */
async function videoOf(picture: Pattern): Promise<HTMLVideoElement> {
  const canvas = drawn(document.createElement("canvas"), picture);
  const video = Object.assign(document.createElement("video"), {
    muted: true,
    srcObject: canvas.captureStream(),
  });
  const shown = new Promise((resolve) => video.addEventListener("loadeddata", resolve));
  await video.play();
  // A capture begins with the next drawing.
  const context = canvas.getContext("2d");
  const timer = setInterval(() => context?.putImageData(imageData(picture), 0, 0), 20);
  await shown;
  clearInterval(timer);
  return video;
}

/** A texture that the caller owns. */
function textureOf(
  picture: Pattern,
  device: GPUDevice,
  format: GPUTextureFormat,
  usage?: number,
): GPUTexture {
  const { data, width, height } = picture;
  const { COPY_DST, TEXTURE_BINDING } = GPUTextureUsage;
  const texture = device.createTexture({
    size: [width, height],
    format,
    usage: usage ?? COPY_DST | TEXTURE_BINDING,
  });
  const bytes = data.slice();
  if (format === "bgra8unorm") {
    for (let i = 0; i < bytes.length; i += 4) [bytes[i], bytes[i + 2]] = [bytes[i + 2], bytes[i]];
  }
  device.queue.writeTexture({ texture }, bytes, { bytesPerRow: 4 * width }, [width, height]);
  return texture;
}

type Maker = (picture: Pattern, alpha: Alpha, device: GPUDevice) => ImageInput | Promise<ImageInput>;

/** Every one holds the pattern without loss. */
export const workerInputs = {
  ImageData: (picture) => imageData(picture),
  ImageBitmap: (picture) => createImageBitmap(imageData(picture), { premultiplyAlpha: "none" }),
  "ImageBitmap, premultiplied": (picture) => createImageBitmap(imageData(picture)),
  OffscreenCanvas: (picture) => drawn(new OffscreenCanvas(1, 1), picture),
  VideoFrame: (picture) => frameOf(picture),
  "VideoFrame, a part that is shown": ({ data, width, height }) => {
    const wide = new Uint8ClampedArray(4 * 2 * width * height);
    for (let y = 0; y < height; y++) {
      wide.set(data.subarray(4 * width * y, 4 * width * (y + 1)), 4 * width * (2 * y + 1));
    }
    const visibleRect = { x: width, y: 0, width, height };
    return frameOf({ data: wide, width: 2 * width, height }, { visibleRect });
  },
  URL: (_, alpha) => new URL(`/${alpha}.png`, location.href),
  "address in a string": (_, alpha) => `/${alpha}.png`,
  Blob: async (_, alpha) => (await fetch(`/${alpha}.png`)).blob(),
  bytes: async (_, alpha) => (await fetch(`/${alpha}.png`)).arrayBuffer(),
} satisfies Record<string, Maker>;

export const pageInputs = {
  ...workerInputs,
  HTMLCanvasElement: (picture) => drawn(document.createElement("canvas"), picture),
  HTMLImageElement: (_, alpha) => loaded(`/${alpha}.png`),
  HTMLVideoElement: (picture) => videoOf(picture),
  "HTMLCanvasElement of another window": (picture) => {
    const { contentDocument } = document.body.appendChild(document.createElement("iframe"));
    return drawn((contentDocument as Document).createElement("canvas"), picture);
  },
} satisfies Record<string, Maker>;

export const textureInputs = {
  "GPUTexture, rgba8unorm": (picture, _, device) => textureOf(picture, device, "rgba8unorm"),
  "GPUTexture, bgra8unorm": (picture, _, device) => textureOf(picture, device, "bgra8unorm"),
} satisfies Record<string, Maker>;

/** What a browser converts or resizes before it shows it. */
export const convertedInputs = {
  "VideoFrame, I420": (picture: Pattern) => {
    const { data, width, height } = picture;
    const planes = data.slice(0, (width * height * 3) / 2);
    return new VideoFrame(planes, {
      format: "I420",
      codedWidth: width,
      codedHeight: height,
      timestamp: 0,
    });
  },
  "VideoFrame, stretched": (picture) => frameOf(picture, { displayWidth: 160, displayHeight: 90 }),
  // In the standard, but not yet in TypeScript's types.
  "VideoFrame, turned": (picture) =>
    new VideoFrame(frameOf(picture), { rotation: 90, flip: true } as VideoFrameInit),
  "HTMLImageElement, SVG": (_picture) => loaded("/drawing.svg"),
} satisfies Record<string, Maker>;

/** What must be refused, each with its code; `elsewhere` is a picture of another site, without CORS headers. */
export const badInputs = {
  "a closed bitmap": ["INPUT_EMPTY", async (picture) => closed(await workerInputs.ImageBitmap(picture))],
  "a closed frame": ["INPUT_EMPTY", (picture) => closed(frameOf(picture))],
  "a canvas of no size": ["INPUT_EMPTY", () => new OffscreenCanvas(0, 64)],
  "an image that is not loaded": [
    "INPUT_EMPTY",
    () => Object.assign(new Image(), { src: "/opaque.png?late" }),
  ],
  "an image that is none": ["INPUT_EMPTY", () => failed("/page.js")],
  "a video without a frame": ["INPUT_EMPTY", () => document.createElement("video")],
  "an image of another site": ["INPUT_TAINTED", (_, elsewhere) => loaded(elsewhere)],
  "a canvas with a picture of another site": [
    "INPUT_TAINTED",
    async (picture, elsewhere) => {
      const canvas = drawn(document.createElement("canvas"), picture);
      canvas.getContext("2d")?.drawImage(await loaded(elsewhere), 0, 0);
      return canvas;
    },
  ],
  "a texture of half floats": [
    "INPUT_TEXTURE",
    (_, __, device) => device.createTexture({ size: [64, 64], format: "rgba16float", usage: 4 }),
  ],
  "a texture that may not be read": [
    "INPUT_TEXTURE",
    (picture, _, device) => textureOf(picture, device, "rgba8unorm", GPUTextureUsage.COPY_DST),
  ],
  "a texture of another device": [
    "INPUT_TEXTURE",
    async (picture) => {
      const other = await (await navigator.gpu.requestAdapter())?.requestDevice();
      return textureOf(picture, other as GPUDevice, "rgba8unorm");
    },
  ],
  "a texture that was destroyed": [
    "INPUT_TEXTURE",
    (picture, _, device) => {
      const texture = textureOf(picture, device, "rgba8unorm");
      texture.destroy();
      return texture;
    },
  ],
  "a missing file": ["IMAGE_FILE", () => "/missing.png"],
  "a file of another kind": ["IMAGE_FORMAT", () => "/page.js"],
  "half a file": ["IMAGE_FORMAT", async () => (await (await fetch("/opaque.png")).blob()).slice(0, 60)],
  "a small canvas": ["INPUT_TOO_SMALL", () => new OffscreenCanvas(64, 31)],
  nothing: ["INPUT_IMAGE", () => null],
} satisfies Record<string, BadInput>;

type BadInput = [code: string, make: (picture: Pattern, elsewhere: string, device: GPUDevice) => unknown];

function closed<T extends { close(): void }>(image: T): T {
  image.close();
  return image;
}

async function failed(url: string): Promise<HTMLImageElement> {
  const image = Object.assign(new Image(), { src: url });
  await image.decode().catch(() => {});
  return image;
}

/** A picture in Display P3, of colours that sRGB has, too: as pixels, and on a canvas. */
export const wideGamutInputs = {
  ImageData: (): ImageData => imageData(muted(), { colorSpace: "display-p3" }),
  OffscreenCanvas: (): OffscreenCanvas => {
    const picture = muted();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d", { colorSpace: "display-p3" });
    context?.putImageData(wideGamutInputs.ImageData(), 0, 0);
    return canvas;
  },
};
