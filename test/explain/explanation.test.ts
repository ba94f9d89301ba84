import { expect, test } from "vitest";
import { type PlaceOutputs, readReasons } from "../../src/explain/explanation.js";
import { readDimensions } from "../../src/text/vocabulary.js";
import { smallConfig } from "../support/config.js";
import { random } from "../support/random.js";

const config = smallConfig();
const words = config.words.length;
const [rows, columns] = [3, 4];
const places = rows * columns;

const draw = random(5);
const uniform = (length: number, low: number, high: number) =>
  Float32Array.from({ length }, () => low + (high - low) * draw());

const pictureSimilarities = uniform(4 * words, -0.3, 0.3);

function outputs(quality = uniform(places, 0.2, 0.9)): PlaceOutputs {
  return {
    rows,
    columns,
    information: Array.from({ length: 4 }, () => uniform(places, 0, 2)),
    weight: Array.from({ length: 4 }, () => uniform(places, 0, 1)),
    similarities: uniform(places * 4 * words, -0.3, 0.3),
    quality,
  };
}

/** The share of the weight that a place has, 1 on average, as it was meant. */
function sharesOf({ weight }: PlaceOutputs): number[] {
  const totals = Array.from({ length: places }, (_, t) => weight.reduce((sum, level) => sum + level[t], 0));
  const average = totals.reduce((sum, total) => sum + total, 0) / places;
  return totals.map((total) => total / average);
}

test("loss is what a place lacks beside 1 times its share of the weight, which is 1 on average", () => {
  const found = outputs();
  const { loss } = readReasons(found, pictureSimilarities, config);
  const shares = sharesOf(found);
  for (const [t, value] of loss.data.entries()) {
    // In f32.
    expect(value).toBeCloseTo(shares[t] * (1 - found.quality[t]), 5);
    expect(value).toBeGreaterThanOrEqual(0);
  }
  const lacking = readReasons(outputs(new Float32Array(places)), pictureSimilarities, config).loss.data;
  expect(lacking.reduce((sum, value) => sum + value, 0) / places).toBeCloseTo(1, 5);
});

test("loss is beside the best place where one exceeds 1, and so never below 0", () => {
  const found = outputs(uniform(places, 0.5, 1.3));
  const { loss } = readReasons(found, pictureSimilarities, config);
  const best = Math.max(...found.quality);
  expect(best).toBeGreaterThan(1);
  expect(Math.min(...loss.data)).toBe(0);
  expect(loss.data[found.quality.indexOf(best)]).toBe(0);
  const shares = sharesOf(found);
  for (const [t, value] of loss.data.entries()) {
    expect(value).toBeCloseTo(shares[t] * (best - found.quality[t]), 5);
  }
});

test("maps are of the grid, and as the network gave them", () => {
  const found = outputs();
  const { levels, quality } = readReasons(found, pictureSimilarities, config);
  expect(quality).toEqual({ rows, columns, data: found.quality });
  expect(levels.map(({ information }) => information.data)).toEqual(found.information);
  expect(levels.map(({ weight }) => weight.data)).toEqual(found.weight);
});

test("a level's adjectives are all of them, the strongest first, an antonym what is left to 1", () => {
  const { levels } = readReasons(outputs(), pictureSimilarities, config);
  for (const { adjectives } of levels) {
    expect(adjectives.map(({ word }) => word).sort()).toEqual([...config.words].sort());
    const values = adjectives.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    const byWord = new Map(adjectives.map(({ word, value }) => [word, value]));
    for (const { positive, negative } of config.pairs) {
      expect(byWord.get(positive)! + byWord.get(negative)!).toBeCloseTo(1, 6);
    }
  }
});

test("a level's adjectives follow its own similarities", () => {
  const [{ positive, negative }] = config.pairs;
  const similarities = new Float32Array(4 * words);
  similarities[2 * words + config.words.indexOf(negative)] = 0.5;
  const { levels } = readReasons(outputs(), similarities, config);
  const value = (level: number, word: string) =>
    levels[level].adjectives.find((adjective) => adjective.word === word)!.value;
  expect(value(2, negative)).toBeGreaterThan(0.9);
  expect(levels[2].adjectives[0].word).toBe(negative);
  expect(levels[2].adjectives.at(-1)!.word).toBe(positive);
  for (const level of [0, 1, 3]) expect(value(level, negative)).toBeCloseTo(0.5, 6);
});

test("dimension maps read each place as a picture is read", () => {
  const found = outputs();
  const { dimensionMaps } = readReasons(found, pictureSimilarities, config);
  expect(Object.keys(dimensionMaps).sort()).toEqual(
    [...new Set(config.pairs.map(({ dimension }) => dimension))].sort(),
  );
  for (let t = 0; t < places; t++) {
    const own = found.similarities.subarray(t * 4 * words, (t + 1) * 4 * words);
    for (const [dimension, value] of Object.entries(readDimensions(own, config).dimensions)) {
      expect(dimensionMaps[dimension].data[t]).toBeCloseTo(value, 6);
    }
  }
});
