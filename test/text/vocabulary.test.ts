import { expect, test } from "vitest";
import { pairs, readDimensions, words } from "../../src/text/vocabulary.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { seededTensor } from "../support/seeded.js";

test("40 different words, those that the paper shows in their places", () => {
  expect(new Set(words).size).toBe(40);
  expect(words.slice(0, 4)).toEqual(["clear", "blurry", "sharp", "soft"]);
  expect(words.slice(-2)).toEqual(["shaky", "stable"]);
  expect(words.join(" ")).toBe(
    "clear blurry sharp soft crisp fuzzy detailed hazy bright dark luminous dim balanced overexposed " +
      "colorful dull vivid faded saturated desaturated natural unnatural contrasted flat rich muted punchy murky " +
      "clean noisy smooth grainy pure speckled intact distorted seamless blocky shaky stable",
  );
});

test("20 pairs in six dimensions", () => {
  const sizes: Record<string, number> = {};
  for (const { dimension } of pairs) sizes[dimension] = (sizes[dimension] ?? 0) + 1;
  expect(sizes).toEqual({ sharpness: 4, brightness: 3, colour: 4, contrast: 3, noise: 3, artifacts: 3 });
  expect(Object.keys(sizes)).toEqual(["sharpness", "brightness", "colour", "contrast", "noise", "artifacts"]);
});

test("equal similarities read one half everywhere", () => {
  const { dimensions, adjectives } = readDimensions(new Float32Array(160).fill(0.25), smallConfig());
  expect(Object.values(dimensions)).toEqual(Array(6).fill(0.5));
  expect(adjectives.map(({ word }) => word)).toEqual(words);
  expect(adjectives.every(({ value }) => value === 0.5)).toBe(true);
});

test("one word at one level moves its pair and its dimension only, to the right pole", () => {
  const config = smallConfig({ temperature: 0.5 });
  const similarities = new Float32Array(160);
  similarities[2 * 40 + 38] = 0.8; // shaky, level 3
  const { dimensions, adjectives } = readDimensions(similarities, config);
  // The mean of the levels is 0.2 and lies on the negative side: p = σ(−0.2/0.5). The similarity is an f32.
  const p = 1 / (1 + Math.exp(Math.fround(0.8) / 4 / 0.5));
  expect(adjectives[39]).toEqual({
    word: "stable",
    dimension: "artifacts",
    similarities: [0, 0, 0, 0],
    value: p,
  });
  expect(adjectives[38].value).toBe(1 - p);
  expect(adjectives[38].similarities).toEqual([0, 0, Math.fround(0.8), 0]);
  expect(dimensions.artifacts).toBeCloseTo((0.5 + 0.5 + p) / 3, 15);
  expect(dimensions).toMatchObject({
    sharpness: 0.5,
    brightness: 0.5,
    colour: 0.5,
    contrast: 0.5,
    noise: 0.5,
  });
});

test("agrees with the definition on seeded similarities", () => {
  const config = smallConfig({ temperature: 0.1 });
  const similarities = seededTensor("text.features", [4, 40], 3);
  const { dimensions, adjectives } = readDimensions(similarities, config);
  for (const [name, value] of Object.entries(dimensions)) {
    const members = pairs.filter(({ dimension }) => dimension === name);
    const expected = members.map(({ positive, negative }) => {
      let gap = 0;
      for (let i = 0; i < 4; i++) {
        gap +=
          similarities[40 * i + words.indexOf(positive)] - similarities[40 * i + words.indexOf(negative)];
      }
      return 1 / (1 + Math.exp(-gap / 4 / 0.1));
    });
    // Sums in another order, in double: far below 1e-12.
    expect(value).toBeCloseTo(expected.reduce((a, b) => a + b) / members.length, 12);
  }
  for (const { positive, negative } of pairs) {
    const [a, b] = [positive, negative].map((word) => adjectives[words.indexOf(word)].value);
    expect(a + b).toBeCloseTo(1, 15);
  }
});

test("extreme gaps saturate and stay finite", () => {
  const similarities = Float32Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const { dimensions } = readDimensions(similarities, smallConfig({ temperature: 1e-6 }));
  expect(dimensions).toMatchObject({ sharpness: 1, noise: 1 });
  expect(dimensions.artifacts).toBeCloseTo(2 / 3, 15); // stable is listed second
});

test("refuses another number of similarities", async () => {
  await expectCode("INPUT_LENGTH", () => readDimensions(new Float32Array(40), smallConfig()));
});
