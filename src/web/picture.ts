/** Pictures as the page holds them. */
import { ImageError } from "../errors.js";
import type { ModelClient } from "./model-client.js";

/** Decoded and brought to the model's scale, so that the sliders act on what is judged. */
export interface Picture {
  id: number;
  name: string;
  /** Size as it came. */
  width: number;
  height: number;
  /** At the model's scale, opaque. */
  pixels: ImageData;
}

let lastId = 0;

/** @throws ImageError for what the browser cannot decode; InputError for what is too small. */
export async function openPicture(file: Blob, name: string, client: ModelClient): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch((cause) => {
    throw new ImageError(
      "IMAGE_FORMAT",
      `“${name}” is not a picture that this browser can read.`,
      "Choose a JPEG, PNG, WebP or AVIF file.",
      { cause },
    );
  });
  return pictureFromBitmap(bitmap, name, client);
}

/** Takes the bitmap over. */
export async function pictureFromBitmap(
  bitmap: ImageBitmap,
  name: string,
  client: ModelClient,
): Promise<Picture> {
  const { width, height } = bitmap;
  const pixels = await client.ask("fit", { bitmap }, [bitmap]);
  return { id: ++lastId, name, width, height, pixels };
}
