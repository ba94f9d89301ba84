/**
 * The quality adjectives: 20 antonym pairs in six dimensions, and the reading of 4 levels × 40 similarities as
 * dimensions and adjectives. A checkpoint carries its own words in its config; these are the ones this project trains.
 */
import { InputError } from "../errors.js";
import { mean } from "../metrics/statistics.js";
import type { AdjectivePair, ModelConfig } from "../model/config.js";

/** Levels of features that are compared with the words. */
const levels = 4;

export const pairs: readonly AdjectivePair[] = [
  { dimension: "sharpness", positive: "clear", negative: "blurry" },
  { dimension: "sharpness", positive: "sharp", negative: "soft" },
  { dimension: "sharpness", positive: "crisp", negative: "fuzzy" },
  { dimension: "sharpness", positive: "detailed", negative: "hazy" },
  { dimension: "brightness", positive: "bright", negative: "dark" },
  { dimension: "brightness", positive: "luminous", negative: "dim" },
  { dimension: "brightness", positive: "balanced", negative: "overexposed" },
  { dimension: "colour", positive: "colorful", negative: "dull" },
  { dimension: "colour", positive: "vivid", negative: "faded" },
  { dimension: "colour", positive: "saturated", negative: "desaturated" },
  { dimension: "colour", positive: "natural", negative: "unnatural" },
  { dimension: "contrast", positive: "contrasted", negative: "flat" },
  { dimension: "contrast", positive: "rich", negative: "muted" },
  { dimension: "contrast", positive: "punchy", negative: "murky" },
  { dimension: "noise", positive: "clean", negative: "noisy" },
  { dimension: "noise", positive: "smooth", negative: "grainy" },
  { dimension: "noise", positive: "pure", negative: "speckled" },
  { dimension: "artifacts", positive: "intact", negative: "distorted" },
  { dimension: "artifacts", positive: "seamless", negative: "blocky" },
  { dimension: "artifacts", positive: "stable", negative: "shaky" },
];

/** The words in the order of the text features: pair by pair, the positive first, but `stable` last of all, as in the paper. */
export const words: readonly string[] = pairs.flatMap(({ positive, negative }) =>
  positive === "stable" ? [negative, positive] : [positive, negative],
);

/** How far one adjective describes the image. */
export interface AdjectiveReading {
  /** The adjective. */
  word: string;
  /** The name of its dimension. */
  dimension: string;
  /** Cosine of the image with the word at each of the four levels, the shallowest first: −1..1. */
  similarities: number[];
  /** 0..1, 1 where it applies fully and its antonym not at all; it and its antonym's value add up to 1. */
  value: number;
}

export interface QualityReading {
  /** By name, in the order of the pairs: 0..1, 1 at the pole of the positive words. */
  dimensions: Record<string, number>;
  /** In the order of the words. */
  adjectives: AdjectiveReading[];
}

/**
 * Reads similarities [4, words], row-major, as dimensions and adjectives. A pair reads p = σ((s⁺ − s⁻)/τ), s the mean
 * over the levels and τ the config's temperature; a dimension is the mean of its pairs; an adjective is p, or 1 − p for
 * the negative word.
 * @throws InputError INPUT_LENGTH (not 4 × words values).
 */
export function readDimensions(
  similarities: Float32Array,
  { words, pairs, temperature }: Pick<ModelConfig, "words" | "pairs" | "temperature">,
): QualityReading {
  if (similarities.length !== levels * words.length) {
    throw new InputError(
      "INPUT_LENGTH",
      `${words.length} words at ${levels} levels have ${levels * words.length} similarities, and ${similarities.length} were given.`,
      "Give the similarities that the same checkpoint has computed.",
    );
  }

  const byLevel = new Map(
    words.map((word, k) => [
      word,
      Array.from({ length: levels }, (_, i) => similarities[i * words.length + k]),
    ]),
  );
  const overLevels = (word: string) => mean(byLevel.get(word)!);

  const readings = new Map<string, AdjectiveReading>();
  const grouped = new Map<string, number[]>();
  for (const { dimension, positive, negative } of pairs) {
    const p = readContrast(overLevels(positive), overLevels(negative), temperature);
    for (const [word, value] of [[positive, p] as const, [negative, 1 - p] as const]) {
      readings.set(word, { word, dimension, similarities: byLevel.get(word)!, value });
    }
    grouped.set(dimension, [...(grouped.get(dimension) ?? []), p]);
  }
  return {
    dimensions: Object.fromEntries([...grouped].map(([dimension, values]) => [dimension, mean(values)])),
    adjectives: words.map((word) => readings.get(word)!),
  };
}

/** σ((s⁺ − s⁻)/τ): 0..1, how far what is similar to the picture by s⁺ applies rather than its opposite, by s⁻. */
export function readContrast(positive: number, negative: number, temperature: number): number {
  return 1 / (1 + Math.exp((negative - positive) / temperature));
}
