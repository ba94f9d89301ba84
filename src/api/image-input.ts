/** Every form in which a caller may hand over a picture. */
import { DeviceError, ImageError, InputError } from "../errors.js";
import { type Pixels, pixelsFromRaw, type RawImage } from "../image/pixels.js";
import { TextureUsage } from "../runtime/constants.js";
import type { PictureUploader } from "../runtime/picture-upload.js";
import { Picture } from "./picture.js";
import type { Drawable, Platform } from "./platform.js";

/**
 * A path (in Node), a URL, encoded bytes, or pixels: `{ data, width, height, channels }` with 1 to 4 channels of u8,
 * u16 or f32 in [0,1], which ImageData is too. In a browser also whatever a canvas can draw; on a GPU its pixels never
 * come to the CPU. With `loadModel(…, { device })` also a texture of that device: rgba8unorm or bgra8unorm with
 * TEXTURE_BINDING, sRGB, straight alpha, rows from the top; its first layer and level are read.
 *
 * What may change or go, such as a canvas, a video, a frame or a texture, is read before the call returns; only typed
 * arrays must stay as they are until the promise settles.
 */
export type ImageInput =
  | string
  | URL
  | ArrayBuffer
  | Uint8Array
  | Blob
  | RawImage
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame
  | GPUTexture;

/**
 * Reads a picture; dispose of it when its runs are done.
 * @param uploader Of the device that is to read the picture, if one is.
 * @throws ImageError for bytes that cannot be read or decoded; InputError INPUT_EMPTY (no pixels, such as a closed
 * bitmap), INPUT_TAINTED (the page may not read them), INPUT_TEXTURE (a texture of another kind or device), INPUT_IMAGE
 * (none of the kinds above), and as `pixelsFromRaw`; DeviceError.
 */
export async function readImage(
  image: ImageInput,
  platform: Platform,
  uploader: PictureUploader | undefined,
): Promise<Picture> {
  if (isTexture(image)) return readTexture(image, uploader);
  const opened = platform.open?.(image);
  if (opened) return take(opened, uploader);
  if (isRaw(image)) return Picture.of(pixelsFromRaw(image));
  return take(await platform.decode(await readEncoded(image, platform)), uploader);
}

async function readEncoded(image: unknown, platform: Platform): Promise<Uint8Array> {
  if (typeof image === "string" || image instanceof URL) return platform.readImageFile(image);
  if (image instanceof Uint8Array) return image;
  if (image instanceof ArrayBuffer) return new Uint8Array(image);
  if (image instanceof Blob) {
    const bytes = await image.arrayBuffer().catch((cause: Error) => {
      const mend = "Choose the file again; it may have been changed or removed.";
      throw new ImageError("IMAGE_FILE", `The blob cannot be read: ${cause.message}`, mend, { cause });
    });
    return new Uint8Array(bytes);
  }
  throw new InputError(
    "INPUT_IMAGE",
    `A picture cannot be read from ${image === null ? "null" : typeof image}.`,
    "Give a path, a URL, encoded bytes, a Blob, or { data, width, height, channels }.",
  );
}

/** What a browser holds goes to the device as it is; where that cannot be, or there is no device, it is drawn. */
async function take(opened: Pixels | Drawable, uploader: PictureUploader | undefined): Promise<Picture> {
  if ("data" in opened) return Picture.of(opened);
  const { source, width, height } = opened;
  try {
    const uploading = uploader?.upload(source, { width, height });
    if (!uploading) return Picture.of(opened.draw());
    return new Picture({ width, height, depth: 8, orientation: 1 }, await uploading);
  } finally {
    opened.close?.();
  }
}

const textureFormats: readonly string[] = ["rgba8unorm", "bgra8unorm"];

async function readTexture(texture: GPUTexture, uploader: PictureUploader | undefined): Promise<Picture> {
  const { width, height, format, usage, dimension, sampleCount } = texture;
  const refuse = (problem: string, mend: string, cause?: unknown) =>
    new InputError("INPUT_TEXTURE", `The texture cannot be read: ${problem}.`, mend, { cause });
  if (!uploader) throw refuse("the CPU runs this model", "Load the model with { device }, the texture's.");
  if (!textureFormats.includes(format)) {
    throw refuse(`its format is ${format}`, "Copy it to one of rgba8unorm or bgra8unorm, encoded as sRGB.");
  }
  if (dimension !== "2d" || sampleCount !== 1) {
    throw refuse("it is not a plain 2D texture", "Give a texture of two dimensions and one sample.");
  }
  if (!(usage & TextureUsage.TEXTURE_BINDING)) {
    throw refuse("its usage lacks TEXTURE_BINDING", "Create it with GPUTextureUsage.TEXTURE_BINDING.");
  }
  try {
    return new Picture({ width, height, depth: 8, orientation: 1 }, await uploader.read(texture));
  } catch (cause) {
    if (!(cause instanceof DeviceError && cause.code === "GPU_VALIDATION")) throw cause;
    const mend =
      "Load the model with { device }, the texture's, and destroy the texture only after the call.";
    throw refuse(cause.message, mend, cause);
  }
}

/** By its looks: Node has no global GPUTexture. */
function isTexture(image: unknown): image is GPUTexture {
  return typeof image === "object" && image !== null && "createView" in image && "format" in image;
}

function isRaw(image: unknown): image is RawImage {
  return (
    typeof image === "object" && image !== null && "data" in image && "width" in image && "height" in image
  );
}
