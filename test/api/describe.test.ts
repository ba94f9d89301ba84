/** Texts of one's own on a photograph, by the shipped checkpoints on the CPU executor; the GPU's turn is describe.gpu.test.ts. */
import { afterAll, describe, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { blurred, photograph, shipped } from "../support/describe.js";
import { expectCode } from "../support/errors.js";

const cpu = { adapter: "cpu" } as const;
const model = await loadModel(undefined, cpu);
const sharp = await photograph();
const soft = blurred(sharp);
afterAll(() => model.dispose());

describe("texts of one's own", () => {
  test("come back in their order, the same text twice alike, beside all that score gives", async () => {
    const texts = ["washed out", "blurry", "Dreamy &amp; far", "washed out"];
    const { texts: readings, ms: _, ...rest } = await model.describe(sharp, texts);
    const { ms: __, ...score } = await model.score(sharp);
    expect(rest).toEqual(score);
    expect(readings.map(({ text }) => text)).toEqual(texts);
    expect(readings[3]).toEqual(readings[0]);
    for (const { similarities, value, nearest } of readings) {
      expect(similarities).toHaveLength(4);
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(1);
      expect(score.adjectives.map(({ word }) => word)).toContain(nearest.word);
    }
    expect(readings[1].nearest).toEqual({ word: "blurry", similarity: expect.closeTo(1, 2) });
  });

  test.each(["nr", "fr"])("an adjective reads as the checkpoint reads it, in %s", async (mode) => {
    const words = (await model.score(sharp)).adjectives.map(({ word }) => word);
    const options = mode === "fr" ? { reference: sharp } : {};
    const found = await model.describe(soft, words, options);
    expect(found.mode).toBe(mode);
    for (const [k, { similarities, value, nearest }] of found.texts.entries()) {
      const adjective = found.adjectives[k];
      expect(nearest.word).toBe(adjective.word);
      for (const [level, similarity] of similarities.entries()) {
        // Both files are f16: the tower's weights are rounded in one, the features in the other.
        expect(Math.abs(similarity - adjective.similarities[level])).toBeLessThan(2e-3);
      }
      expect(Math.abs(value - adjective.value)).toBeLessThan(0.01);
    }
  });

  test("a blurred photograph is more out of focus, alone and beside the sharp one", async () => {
    const texts = [
      "out of focus",
      "mushy",
      "low resolution",
      "razor sharp",
      "highly detailed",
      "crisp edges",
    ];
    const values = async (...args: Parameters<typeof model.describe>) =>
      (await model.describe(...args)).texts.map(({ value }) => value);
    const before = await values(sharp, texts);
    const reference = await model.reference(sharp);
    for (const after of [await values(soft, texts), await values(soft, texts, { reference })]) {
      for (const i of [0, 1, 2]) expect(after[i], texts[i]).toBeGreaterThan(before[i] + 0.3);
      for (const i of [3, 4, 5]) expect(after[i], texts[i]).toBeLessThan(before[i] - 0.3);
    }
    reference.dispose();
  });

  test("of a text longer than the tower's context the rest is not read, and a warning says so", async () => {
    const long = `blurry ${"and also very noisy ".repeat(9)}`;
    const { texts, warnings } = await model.describe(sharp, ["blurry", long]);
    expect(warnings).toEqual([expect.stringMatching(/^Of the text "blurry and .*first 14 tokens/)]);
    expect(texts[1].text).toBe(long);
  });
});

describe("refuses, by code,", () => {
  test.each([
    ["no text", []],
    ["a string for a list", "washed out"],
    ["nothing", undefined],
    ["an empty text", ["blurry", ""]],
    ["a blank one", [" \t\n"]],
    ["one that is blank when read as CLIP reads it", ["&nbsp;\u0000"]],
    ["a number", ["blurry", 3]],
    ["nothing in its place", [undefined, "blurry"]],
    ["too many", Array.from({ length: 257 }, (_, i) => `text ${i}`)],
    ["one far too long", ["a".repeat(1001)]],
  ])("%s", async (_, texts) => {
    await expectCode("INPUT_TEXTS", () => model.describe(sharp, texts as string[]));
  });

  test("a picture that is none, and a reference of another size", async () => {
    await expectCode("IMAGE_FILE", () => model.describe("no such file.png", ["blurry"]));
    const small = { width: 40, height: 40, channels: 3, data: new Uint8Array(4800) } as const;
    await expectCode("INPUT_SIZES", () => model.describe(sharp, ["blurry"], { reference: small }));
    await expectCode("INPUT_IMAGE", () => model.describe(sharp, ["blurry"], { reference: null as never }));
  });

  test("a model without a text tower, which still scores, and one disposed of", async () => {
    const alone = await loadModel(shipped("nr"), cpu);
    await expectCode("INPUT_TEXT_TOWER", () => alone.describe(sharp, ["blurry"]));
    await expectCode("INPUT_TEXT_TOWER", () => alone.load("nr", { texts: true }));
    expect(Number.isFinite((await alone.score(sharp)).score)).toBe(true);
    alone.dispose();
    await expectCode("INPUT_DISPOSED", () => alone.describe(sharp, ["blurry"]));
  });

  test("a reference, where there is no full-reference checkpoint", async () => {
    const alone = await loadModel(shipped("nr"), { ...cpu, text: shipped("text") });
    await expectCode("INPUT_MODE", () => alone.describe(sharp, ["blurry"], { reference: sharp }));
    alone.dispose();
  });

  test("a tower of another checkpoint", async () => {
    const narrow = await loadModel(seededCheckpoint(smallConfig()), { ...cpu, text: shipped("text") });
    const error = await expectCode("WEIGHTS_TEXT_MISMATCH", () => narrow.load("nr", { texts: true }));
    expect(error.message).toContain("128 numbers");
    narrow.dispose();

    const other = await loadModel({ nr: shipped("nr"), text: changedTower() }, cpu);
    const found = await expectCode("WEIGHTS_TEXT_MISMATCH", () => other.describe(sharp, ["blurry"]));
    expect(found.message).toContain('"clear"');
    other.dispose();
  });

  test("a tower that is no file, or none at all", async () => {
    for (const [text, code] of [
      ["no-such-file.safetensors", "WEIGHTS_FILE"],
      [shipped("nr"), "WEIGHTS_NOT_TEXT"],
    ] as const) {
      const loaded = await loadModel(shipped("nr"), { ...cpu, text });
      await expectCode(code, () => loaded.describe(sharp, ["blurry"]));
      loaded.dispose();
    }
  });
});

test("a checkpoint that is loaded alone takes its tower as an option", async () => {
  const alone = await loadModel(shipped("nr"), { ...cpu, text: shipped("text") });
  const [mine] = (await alone.describe(sharp, ["gritty"])).texts;
  expect(mine).toEqual((await model.describe(sharp, ["gritty"])).texts[0]);
  alone.dispose();
});

/** The shipped tower with its projection turned about. */
function changedTower(): Uint8Array {
  const { metadata, tensors } = readSafetensors(shipped("text"));
  const changed = [...tensors].map(([name, tensor]) => {
    const data = toFloat32(tensor).slice();
    return [name, { shape: tensor.shape, data: name === "text_projection" ? data.reverse() : data }] as const;
  });
  return writeSafetensors(new Map(changed), metadata);
}
