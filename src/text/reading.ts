/**
 * Texts that are none of the adjectives: how well each fits a picture, read beside the adjectives that the text tower
 * takes it for.
 */
import { mean } from "../metrics/statistics.js";
import type { ModelConfig } from "../model/config.js";
import { type AdjectiveReading, readContrast } from "./vocabulary.js";

/** How well a text fits the picture. */
export interface TextReading {
  /** As it was given. */
  text: string;
  /** Cosine of the image with the text at each of the four levels, the shallowest first: −1..1. */
  similarities: number[];
  /**
   * 0..1, 1 where the text fits fully and its opposite not at all: a text's opposite are the antonyms of the adjectives
   * that it is like.
   */
  value: number;
  /** What the text tower took the text for. */
  nearest: NearestAdjective;
}

/** The adjective that a text is most like. */
export interface NearestAdjective {
  /** The adjective whose feature is nearest to the text's. */
  word: string;
  /** Their cosine: 1 for the adjective itself. */
  similarity: number;
}

interface PictureReading {
  vectors: readonly Float32Array[];
  adjectives: readonly AdjectiveReading[];
}

/** CLIP's scale of cosines before a softmax. */
const cosineScale = 100;

/**
 * Reads texts beside the adjectives of one checkpoint. A text has no antonym of its own, so it borrows: it means each
 * adjective to the degree w = softmax(100·cosine), and its opposite is those adjectives' antonyms, s⁻ = Σ w·s(antonym).
 * Its value is then a pair's, σ((s⁺ − s⁻)/τ), s the mean over the levels. An adjective has its own value again, a phrase
 * like it nearly the same; a text that is like none of them is held against the opposite of what it is least unlike, and
 * its value says little.
 */
export class TextReader {
  /** Of each word, the place of its antonym. */
  readonly #antonyms: number[];

  /** @param wordFeatures Features of the config's words, words×E, of length 1. */
  constructor(
    private readonly config: Pick<ModelConfig, "words" | "pairs" | "temperature">,
    private readonly wordFeatures: Float32Array,
  ) {
    const { words, pairs } = config;
    const opposites = new Map(
      pairs.flatMap(({ positive, negative }) => [
        [positive, negative],
        [negative, positive],
      ]),
    );
    this.#antonyms = words.map((word) => words.indexOf(opposites.get(word)!));
  }

  /**
   * @param feature The text's, E numbers of length 1.
   * @param picture Its vectors in the joint space, E numbers a level, and what was read of the words, in their order.
   */
  read(text: string, feature: Float32Array, { vectors, adjectives }: PictureReading): TextReading {
    const { words, temperature } = this.config;
    const likeness = words.map((_, k) => dot(feature, this.wordFeatures, k * feature.length));
    const highest = Math.max(...likeness);
    const similarities = vectors.map((vector) => cosine(vector, feature));
    const weights = likeness.map((cosine) => Math.exp(cosineScale * (cosine - highest)));
    const opposite = sum(
      weights.map((weight, k) => weight * mean(adjectives[this.#antonyms[k]].similarities)),
    );
    return {
      text,
      similarities,
      value: readContrast(mean(similarities), opposite / sum(weights), temperature),
      nearest: { word: words[likeness.indexOf(highest)], similarity: highest },
    };
  }
}

/** As the network's own; a row of zeros has cosine 0 with everything. */
function cosine(a: Float32Array, b: Float32Array): number {
  const length = (vector: Float32Array) => Math.max(Math.sqrt(dot(vector, vector, 0)), 1e-12);
  return dot(a, b, 0) / length(a) / length(b);
}

/** The product of a vector with one of as many numbers that begins at `start`. */
function dot(a: Float32Array, b: Float32Array, start: number): number {
  return a.reduce((total, value, i) => total + value * b[start + i], 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
