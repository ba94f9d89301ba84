/** Changes of a picture that should not change its quality: mirroring, slight crops, slight rescaling. */
import { type Rgba, resize } from "../../src/image/resize.js";

export const changes: Record<string, (picture: Rgba) => Rgba> = {
  "mirrored left to right": mirror,
  "4 pixels cropped at each side": (picture) => cropTo(picture, picture.width - 8, picture.height - 8),
  "centre crop of 90 %": (picture) => cropTo(picture, ...sidesTimes(picture, 0.9)),
  "rescaled by 0.9": (picture) => resize(picture, ...sidesTimes(picture, 0.9)),
  "rescaled by 1.1": (picture) => resize(picture, ...sidesTimes(picture, 1.1)),
};

function sidesTimes({ width, height }: Rgba, factor: number): [width: number, height: number] {
  return [Math.round(width * factor), Math.round(height * factor)];
}

function mirror({ width, height, data }: Rgba): Rgba {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * 4;
      mirrored.set(data.subarray(from, from + 4), (y * width + x) * 4);
    }
  }
  return { width, height, data: mirrored };
}

/** The middle of a picture. */
function cropTo(picture: Rgba, width: number, height: number): Rgba {
  const [left, top] = [(picture.width - width) >> 1, (picture.height - height) >> 1];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 4;
    data.set(picture.data.subarray(from, from + width * 4), y * width * 4);
  }
  return { width, height, data };
}
