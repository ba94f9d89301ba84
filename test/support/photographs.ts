/** The shipped checkpoints on a real photograph, from file to score; see tools/train/photo_goldens.py. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Model } from "../../src/api/model.js";
import type { Explanation } from "../../src/api/result.js";
import { decodeImage } from "../../src/image/decode.js";
import type { RawImage } from "../../src/image/pixels.js";
import { expectClose } from "./close.js";

interface Case {
  score: number;
  similarities: number[];
  /** Of each place; see `Explanation`. */
  quality: number[];
}

interface Golden {
  checkpoint: string;
  cases: Record<string, Case>;
}

const goldens: Record<"nr" | "fr", Golden> = JSON.parse(
  readFileSync(new URL("../goldens/photographs.json", import.meta.url), "utf8"),
);

/**
 * Explains the photograph's cases, NR and FR, and compares scores, similarities and places with PyTorch's.
 * @param tolerance Of scores and similarities, absolute.
 * @param options.ofPlaces Tolerance of the quality of places; default as of scores.
 * @param options.quick The photograph as it is alone, not turned and not made large.
 */
export async function checkPhotographs(
  model: Model,
  tolerance: number,
  { ofPlaces = tolerance, quick = false } = {},
): Promise<void> {
  const photo = await decodeImage(readFileSync(new URL("../photos/chelsea.png", import.meta.url)));
  const { width, height } = photo;
  const data = photo.data as Uint8Array;
  const pictures: Record<string, RawImage> = {
    "own size": { width, height, data },
    "orientation 6": turned(data, width, height),
    tiled: tiled(data, width, height),
  };
  const casesOf = ({ cases }: Golden) =>
    Object.entries(cases).filter(([name]) => !quick || name === "own size");
  for (const [name, expected] of casesOf(goldens.nr)) {
    expectScore(
      await model.explain(pictures[name]),
      goldens.nr.checkpoint,
      expected,
      [tolerance, ofPlaces],
      `NR ${name}`,
    );
  }
  for (const [name, expected] of casesOf(goldens.fr)) {
    const reference = pictures[name];
    const distorted = {
      ...reference,
      data: reference.data.map((v, i) => (i % 4 === 3 ? v : (v & 0xe0) | 0x10)),
    };
    const result = await model.explain(distorted as RawImage, { reference });
    expectScore(result, goldens.fr.checkpoint, expected, [tolerance, ofPlaces], `FR ${name}`);
  }
}

function expectScore(
  actual: Explanation,
  checkpoint: string,
  expected: Case,
  [tolerance, ofPlaces]: [number, number],
  what: string,
): void {
  expect(actual.checkpoint, "the goldens are of another checkpoint; run photo_goldens.py").toBe(checkpoint);
  const levels = [0, 1, 2, 3].flatMap((level) =>
    actual.adjectives.map(({ similarities }) => similarities[level]),
  );
  expectClose(levels, expected.similarities, { absolute: tolerance, relative: 0 }, `${what}: similarities`);
  expectClose([actual.score], [expected.score], { absolute: tolerance, relative: 0 }, `${what}: score`);
  expectClose(actual.quality.data, expected.quality, { absolute: ofPlaces, relative: 0 }, `${what}: places`);
}

/** Turned by 90° clockwise, as a picture of EXIF orientation 6 is shown. */
function turned(data: Uint8Array, width: number, height: number): RawImage {
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = x * height + (height - 1 - y);
      result.set(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4), 4 * to);
    }
  }
  return { width: height, height: width, data: result };
}

/** Two by two of the picture. */
function tiled(data: Uint8Array, width: number, height: number): RawImage {
  const result = new Uint8Array(4 * data.length);
  for (let y = 0; y < 2 * height; y++) {
    const line = data.subarray(4 * (y % height) * width, 4 * ((y % height) + 1) * width);
    result.set(line, 8 * y * width);
    result.set(line, 8 * y * width + 4 * width);
  }
  return { width: 2 * width, height: 2 * height, data: result };
}
