/** Twenty pictures and their references, as raw pixels: parts of the photographs in test/photos, each distorted. */
import { readFileSync } from "node:fs";
import { decodeImage } from "../../src/image/decode.js";
import { blurred } from "../support/describe.js";
import { noise } from "../support/seeded.js";

/** RGBA, 8 bits. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

export interface Pair {
  reference: Picture;
  picture: Picture;
}

const photographs = ["astronaut.jpg", "chelsea.png", "coffee.jpg", "rocket.jpg"];

const grain = noise("grain", 1);

/** Each makes a colour value, at this place in the data, of the reference's. */
const distortions: ((value: number, at: number, reference: Picture) => number)[] = [
  (value) => (value & 0xe0) | 0x10,
  (value) => value >> 1,
  (value, at) => value + ((grain(at) >>> 26) - 32),
  // Blocks of 8×8 of their first pixel's colour.
  (_, at, { width, data }) => {
    const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
    return data[4 * ((y & ~7) * width + (x & ~7)) + (at & 3)];
  },
];

/** The same twenty each time. */
export async function makePairs(): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [i, file] of photographs.entries()) {
    const photo = await decodeImage(readFileSync(new URL(`../photos/${file}`, import.meta.url)));
    for (let j = 0; j <= distortions.length; j++) {
      const [width, height] = [48 + 17 * j, 100 - 9 * j - i];
      const [left, top] = [(photo.width - width) >> 1, 20 * j];
      const data = new Uint8Array(4 * width * height);
      for (let y = 0; y < height; y++) {
        const start = 4 * ((top + y) * photo.width + left);
        data.set(photo.data.subarray(start, start + 4 * width), 4 * y * width);
      }
      const reference = { width, height, data };
      pairs.push({ reference, picture: distorted(reference, j) });
    }
  }
  return pairs;
}

/** By the distortion of this number, or blurred. */
function distorted(reference: Picture, number: number): Picture {
  if (number === distortions.length) return blurred(reference) as Picture;
  const data = Uint8ClampedArray.from(reference.data, (value, at) =>
    (at & 3) === 3 ? value : distortions[number](value, at, reference),
  );
  return { ...reference, data: new Uint8Array(data) };
}
