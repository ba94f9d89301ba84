/** A checkpoint of a backbone, the words' features and new layers: whole, of the right parts, and able to run. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import type { RawImage } from "../../src/image/pixels.js";
import { initialise } from "../../src/model/initialise.js";
import { modelTensors } from "../../src/model/tensors.js";
import { loadModel } from "../../src/node/index.js";
import { words } from "../../src/text/vocabulary.js";
import { assemble, type Choices, paperConfig } from "../../src/weights/assemble.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { store } from "../../src/weights/convert/convert.js";
import { readSafetensors } from "../../src/weights/safetensors.js";
import { expectCode } from "../support/errors.js";
import { seededTensor } from "../support/seeded.js";

const backboneConfig = { stem: 8, width: 4, blocks: [1, 2, 1, 1] as [number, number, number, number] };
const jointWidth = 24;
const features = seededTensor("text.features", [words.length, jointWidth], 1);
const network = (choices: Choices) => paperConfig(backboneConfig, jointWidth, choices);

/** A seeded backbone, with some tensors left out or added. */
function backbone({ without, and = {} }: { without?: string; and?: Record<string, number[]> } = {}) {
  const shapes = modelTensors(network({ mode: "nr" }))
    .filter(({ key }) => key.startsWith("backbone.") && key !== without)
    .map(({ key, shape }) => [key, shape] as const);
  const tensors = [...shapes, ...Object.entries(and)].map(([key, shape]) => {
    return [key, { shape, data: seededTensor(key, shape, 1) }] as const;
  });
  return new Map(tensors);
}

/** 96×80 pixels of a photograph. */
async function photograph(): Promise<RawImage> {
  const photo = await decodeImage(readFileSync(new URL("../photos/chelsea.png", import.meta.url)));
  const [width, height] = [96, 80];
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 4 * ((y + 100) * photo.width + 150);
    data.set(photo.data.subarray(from, from + 4 * width), 4 * y * width);
  }
  return { width, height, data };
}

async function build(choices: Choices, seed = 1, dtype: "f32" | "f16" = "f32") {
  const config = network(choices);
  const tensors = assemble({ config, backbone: backbone(), features, seed });
  const bytes = store({ tensors, metadata: { bpclip: JSON.stringify(config) } }, dtype);
  return { config, tensors, bytes, checkpoint: await openCheckpoint(bytes) };
}

describe("the checkpoint is whole, and scores a photograph", () => {
  test.each([
    { mode: "nr" },
    { mode: "nr", gate: "gated", pool: "weighted", similarity: "softmax" },
    { mode: "fr" },
    { mode: "fr", difference: "smooth", outProjection: true, preNorm: true, name: "mine" },
  ] satisfies Choices[])("%j", async (choices) => {
    const { bytes, checkpoint } = await build(choices);
    expect(checkpoint.config).toMatchObject({ ...choices, jointWidth, backbone: backboneConfig });
    const model = await loadModel(bytes, { adapter: "cpu" });
    const photo = await photograph();
    const coarse = { ...photo, data: (photo.data as Uint8Array).map((value) => value & 0xf0) };
    const result = choices.mode === "nr" ? await model.score(photo) : await model.compare(photo, coarse);
    expect(Number.isFinite(result.score)).toBe(true);
    const similarities = result.adjectives.flatMap((adjective) => adjective.similarities);
    expect(similarities.every((value) => Math.abs(value) <= 1)).toBe(true);
    expect(new Set(similarities).size).toBeGreaterThan(100);
  });
});

test("the backbone and the features are as they were given, and all else as `initialise` has it", async () => {
  const { config, tensors } = await build({ mode: "nr" });
  const given = backbone();
  const fresh = initialise(
    modelTensors(config).filter(({ key }) => !/^(backbone|text)\./.test(key)),
    1,
  );
  for (const [key, { data }] of tensors) {
    const expected =
      key === "text.features"
        ? features
        : key.startsWith("backbone.")
          ? given.get(key)!.data
          : fresh.get(key)!;
    expect(
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(Buffer.from(expected.slice().buffer)),
      key,
    ).toBe(true);
  }
});

test("the same parts and seed give the same file, another seed another", async () => {
  const { checkpoint } = await build({ mode: "nr" });
  expect((await build({ mode: "nr" })).checkpoint.sha256).toBe(checkpoint.sha256);
  expect((await build({ mode: "nr" }, 2)).checkpoint.sha256).not.toBe(checkpoint.sha256);
});

test("in f16 the file is half as large, and the stem and the batch norms are F32", async () => {
  const whole = await build({ mode: "nr" });
  const half = await build({ mode: "nr" }, 1, "f16");
  expect(half.bytes.length / whole.bytes.length).toBeLessThan(0.51);
  for (const [key, { dtype }] of readSafetensors(half.bytes).tensors) {
    const exact = /\.bn\d\.|\.downsample\.1\.|^backbone\.conv1\.weight$/.test(key);
    expect(dtype, key).toBe(exact ? "F32" : "F16");
  }
});

describe("refuses", () => {
  const config = network({ mode: "nr" });
  const parts = { config, backbone: backbone(), features, seed: 1 };

  test("a backbone that lacks a tensor, or has one of something else", async () => {
    const key = "backbone.layer2.1.conv3.weight";
    const lacking = backbone({ without: key, and: { "backbone.fc.weight": [3, 3] } });
    const { message } = await expectCode("WEIGHTS_KEYS", () => assemble({ ...parts, backbone: lacking }));
    expect(message).toContain(`"${key}" [32, 8, 1, 1] is missing`);
    expect(message).toContain('"backbone.fc.weight" [3, 3] is not part of the model');
  });

  test("a backbone of other sizes", async () => {
    const other = paperConfig({ ...backboneConfig, width: 8 }, jointWidth, { mode: "nr" });
    await expectCode("WEIGHTS_KEYS", () => assemble({ ...parts, config: other }));
  });

  test("features of another width", async () => {
    const { message } = await expectCode("INPUT_LENGTH", () =>
      assemble({ ...parts, features: features.subarray(40) }),
    );
    expect(message).toContain("joint space of 24");
  });
});
