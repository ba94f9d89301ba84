/**
 * Whether maps of lost quality point to the quarter of a photograph that was made worse. On the best adapter of the
 * machine, once: the CPU would take minutes, and that all adapters agree is tested elsewhere. It is a sample of what
 * `npm run eval:maps` measures: each of 12 pictures by each distortion in one quarter, another one each time.
 */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import { resize } from "../../src/image/resize.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { loadModel } from "../../src/node/index.js";
import type { Rgb } from "../../tools/distort.js";
import {
  type Attempt,
  type Distortion,
  distortions,
  meanOfQuarter,
  type Pointing,
  pointAt,
  type Quarter,
  quarters,
  withQuarter,
} from "../../tools/evaluate/quarters.js";

const missing = await requestNodeAdapter("auto").then(
  () => undefined,
  ({ message }: Error) => message,
);

/** Of every picture. */
const longSide = 256;

/** Two corners and the middle of each photograph, each 0.7 of its sides. */
const crops = [
  [0, 0],
  [1, 1],
  [0.5, 0.5],
] as const;

async function picturesOf(name: string): Promise<Rgb[]> {
  const photo = await decodeImage(readFileSync(new URL(`../photos/${name}`, import.meta.url)));
  const [width, height] = [photo.width, photo.height].map((side) => Math.round(0.7 * side));
  const scale = longSide / Math.max(width, height);
  return crops.map(([across, down]) => {
    const [left, top] = [
      Math.round(across * (photo.width - width)),
      Math.round(down * (photo.height - height)),
    ];
    const data = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * photo.width + left) * 4;
      data.set(photo.data.subarray(from, from + width * 4), y * width * 4);
    }
    const small = resize({ width, height, data }, Math.round(width * scale), Math.round(height * scale));
    return { ...small, data: small.data.filter((_, i) => i % 4 !== 3) };
  });
}

test("a quarter is the quarter, of pictures and of maps", () => {
  const [black, white] = [0, 255].map((value) => ({
    width: 6,
    height: 4,
    data: new Uint8Array(72).fill(value),
  }));
  const { data } = withQuarter(black, white, 2);
  const lit = [...data.keys()]
    .filter((i) => data[i] === 255)
    .map((i) => [Math.floor(i / 3) % 6, Math.floor(i / 18)]);
  expect(lit).toHaveLength(3 * 2 * 3);
  for (const [x, y] of lit) expect([x < 3, y >= 2]).toEqual([true, true]);
  // The middle row and column of five lie between two quarters.
  const map = { rows: 5, columns: 4, data: Float32Array.from({ length: 20 }, (_, t) => t) };
  expect(quarters.map((quarter) => meanOfQuarter(map, quarter))).toEqual([2.5, 4.5, 14.5, 16.5]);
});

describe.skipIf(missing !== undefined)(
  `lost quality${missing ? `; there is no adapter: ${missing}` : ""}`,
  async () => {
    const patient = { timeout: 600_000 };
    const names = ["astronaut.jpg", "chelsea.png", "coffee.jpg", "rocket.jpg"];
    const pictures = (await Promise.all(names.map(picturesOf))).flat();
    const model = await loadModel();
    afterAll(() => model.dispose());

    /** The share of right quarters; what was taken for what is printed where it is too small. */
    async function expectFound(mode: Attempt["mode"], kinds: readonly Distortion[]): Promise<void> {
      const made: Pointing[] = [];
      for (const [i, picture] of pictures.entries()) {
        const attempts = kinds.map((distortion, k) => ({
          mode,
          distortion,
          quarter: ((i + k) % 4) as Quarter,
        }));
        for await (const pointing of pointAt(model, picture, attempts)) made.push(pointing);
      }
      const wrong = made.filter(({ quarter, found }) => quarter !== found);
      const said = wrong.map(({ distortion, quarter, found }) => `${distortion}: ${quarter}, not ${found}`);
      expect(1 - wrong.length / made.length, said.join("; ")).toBeGreaterThanOrEqual(0.9);
    }

    test("is where a quarter was degraded, beside the photograph as it was", patient, async () => {
      await expectFound("fr", Object.keys(distortions) as Distortion[]);
    });

    // Not of blur: alone, a blurred quarter of a sharp picture is read as a background out of focus.
    test("is where a quarter was made noisy or compressed, of a picture alone", patient, async () => {
      await expectFound("nr", ["noise", "JPEG"]);
    });
  },
);
