/** Pictures judged at their own scale, tile by tile, on the CPU executor; the GPU's turn is native.gpu.test.ts. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { ImageInput } from "../../src/api/image-input.js";
import { decodeImage } from "../../src/image/decode.js";
import type { RawImage } from "../../src/image/pixels.js";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { blurred, shipped } from "../support/describe.js";
import { expectCode } from "../support/errors.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));
const cpu = { adapter: "cpu" } as const;
const native = { native: true };

const rgb = (width: number, height: number, data = seededPicture(height, width, 1)): ImageInput => ({
  width,
  height,
  channels: 3,
  data,
});
const distorted = (width: number, height: number) => rgb(width, height, seededDistorted(height, width, 1));

test("a picture of one tile is judged as without tiles, to the bit", async () => {
  const model = await loadModel({ nr, fr }, cpu);
  const facts = ({ ms: _, ...rest }: { ms: number }) => rest;
  const [image, other] = [rgb(200, 90), distorted(200, 90)];
  expect(facts(await model.score(image, native))).toEqual(facts(await model.score(image)));
  expect(facts(await model.compare(image, other, native))).toEqual(facts(await model.compare(image, other)));
  model.dispose();
});

describe("a picture of several tiles", () => {
  test("is judged at its own scale, and the policy says so", async () => {
    const model = await loadModel({ nr, fr }, cpu);
    const score = await model.score(rgb(640, 560), native);
    expect(score).toMatchObject({ width: 640, height: 560, policy: "native, 4 tiles of 352x320" });
    expect(score.adjectives).toHaveLength(40);
    const pair = await model.compare(rgb(640, 560), distorted(640, 560), native);
    expect(pair).toMatchObject({ mode: "fr", policy: "native, 4 tiles of 352x320" });
    model.dispose();
  });

  test("is compared alike with a reference that is kept, that is not, and that is resized", async () => {
    const model = await loadModel(fr, cpu);
    const other = distorted(640, 64);
    const reference = await model.reference(rgb(640, 64));
    const { score } = await model.compare(reference, other, native);
    expect((await model.compare(rgb(640, 64), other, native)).score).toBe(score);
    const large = rgb(700, 70);
    await expectCode("INPUT_SIZES", () => model.compare(large, other, native));
    const resized = await model.compare(large, other, { native: true, resizeReference: true });
    expect(resized.policy).toBe("native, 2 tiles of 352x64");
    expect(resized.score).not.toBe(score);
    model.dispose();
  });

  test("may be far longer than whole pictures may be", async () => {
    const model = await loadModel(nr, cpu);
    await expectCode("INPUT_TOO_SMALL", () => model.score(rgb(2560, 32)));
    expect((await model.score(rgb(2560, 32), native)).policy).toBe("native, 6 tiles of 480x32");
    await expectCode("INPUT_TOO_SMALL", () => model.score(rgb(2560, 31), native));
    model.dispose();
  });

  test("tells of its progress, and can be given up", async () => {
    const model = await loadModel(nr, cpu);
    const image = rgb(1100, 32);
    const told: string[] = [];
    await model.score(image, { native: true, onProgress: (done, total) => told.push(`${done}/${total}`) });
    expect(told).toEqual(["1/3", "2/3", "3/3"]);

    const controller = new AbortController();
    let done = 0;
    const given = model.score(image, {
      native: true,
      signal: controller.signal,
      onProgress: (tile) => {
        done = tile;
        // As a user's click comes: not at once, but before the CPU has done all.
        if (tile === 1) setTimeout(() => controller.abort(new Error("enough")));
      },
    });
    await expect(given).rejects.toThrow("enough");
    expect(done).toBe(1);
    await expect(model.score(rgb(50, 50), { signal: controller.signal })).rejects.toThrow("enough");
    model.dispose();
  });

  test("can be neither explained nor profiled", async () => {
    const model = await loadModel(nr, cpu);
    await expectCode("INPUT_NATIVE", () => model.explain(rgb(640, 64), native));
    await expectCode("INPUT_NATIVE", () => model.profile(rgb(640, 64), native));
    model.dispose();
  });
});

describe("the shipped checkpoints on a strip of a photograph", async () => {
  const { width, data } = await decodeImage(readFileSync(new URL("../photos/coffee.jpg", import.meta.url)));
  const [top, height] = [150, 96];
  const sharp: RawImage = { width, height, data: data.slice(4 * width * top, 4 * width * (top + height)) };
  const soft = blurred(sharp);
  const model = await loadModel({ nr: shipped("nr"), fr: shipped("fr"), text: shipped("text") }, cpu);

  afterAll(() => model.dispose());

  test("say nearly what they say of it whole, and put it in the same order", async () => {
    for (const judge of [
      (image: RawImage, options = {}) => model.score(image, options),
      (image: RawImage, options = {}) => model.compare(sharp, image, options),
    ]) {
      const [wholeSharp, wholeSoft] = [await judge(sharp), await judge(soft)];
      const [tiledSharp, tiledSoft] = [await judge(sharp, native), await judge(soft, native)];
      // What tiles were measured to change of a score on Kodak's photographs, damaged or not: 0.045 at most.
      expect(Math.abs(tiledSharp.score - wholeSharp.score)).toBeLessThan(0.045);
      expect(Math.abs(tiledSoft.score - wholeSoft.score)).toBeLessThan(0.045);
      expect(tiledSharp.score).toBeGreaterThan(tiledSoft.score);
    }
  });

  test("read dimensions and texts", async () => {
    const texts = ["out of focus"];
    const [a, b] = [await model.describe(sharp, texts, native), await model.describe(soft, texts, native)];
    expect(a.policy).toBe("native, 2 tiles of 352x96");
    expect(a.texts[0].value).toBeLessThan(b.texts[0].value);
    expect(a.dimensions.sharpness).toBeGreaterThan(b.dimensions.sharpness);
    const { texts: _, ms: __, ...facts } = b;
    expect(await model.score(soft, native)).toMatchObject(facts);
  });
});
