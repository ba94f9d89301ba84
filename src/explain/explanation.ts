/** What a run of the network tells of its reasons: maps of the picture, and the words of each level. */
import type { ModelConfig } from "../model/config.js";
import { readContrast, readDimensions } from "../text/vocabulary.js";

/** A value for every cell of a grid that covers the upright picture: row-major, `rows · columns` numbers. */
export interface PlaceMap {
  /** Cells from top to bottom. */
  rows: number;
  /** Cells from left to right. */
  columns: number;
  /** A value a cell, row by row from the top left. */
  data: Float32Array;
}

/** How far an adjective applies at one level. */
export interface LevelAdjective {
  /** The adjective. */
  word: string;
  /** The name of its dimension. */
  dimension: string;
  /** 0..1, as an adjective's value, read from this level's similarities alone. */
  value: number;
}

/** One of the four levels of features, the shallowest first. */
export interface LevelExplanation {
  /** How much the information branch finds at each place: the mean over its features, 0 and up. */
  information: PlaceMap;
  /** How much the weight branch makes of it: the mean over its weights, 0..1. */
  weight: PlaceMap;
  /** All adjectives, the most strongly applying first. */
  adjectives: LevelAdjective[];
}

/** Beside the score, why. */
export interface Reasons {
  /** The four levels of features, the shallowest first. */
  levels: LevelExplanation[];
  /** The score that a picture would have that is like the place throughout; on the scale of `score`. */
  quality: PlaceMap;
  /**
   * Where quality is lost: what each place lacks in quality, beside the best place or beside 1 if none reaches that,
   * times the place's share of the weight, which is 1 on average. 0 and up, on the scale of `score`.
   */
  loss: PlaceMap;
  /** Each dimension read at every place, by name: 0..1, 1 at its good pole. */
  dimensionMaps: Record<string, PlaceMap>;
}

/** What the network gives, of T = rows·columns places; see `places` in src/model. */
export interface PlaceOutputs {
  rows: number;
  columns: number;
  /** T numbers at each of the four levels. */
  information: Float32Array[];
  weight: Float32Array[];
  /** T×(4·words). */
  similarities: Float32Array;
  /** T numbers. */
  quality: Float32Array;
}

/** @param pictureSimilarities Of the whole picture, 4×words. */
export function readReasons(
  places: PlaceOutputs,
  pictureSimilarities: Float32Array,
  config: Pick<ModelConfig, "words" | "pairs" | "temperature">,
): Reasons {
  const mapOf = (data: Float32Array): PlaceMap => ({ rows: places.rows, columns: places.columns, data });
  return {
    levels: places.information.map((information, level) => ({
      information: mapOf(information),
      weight: mapOf(places.weight[level]),
      adjectives: readLevel(pictureSimilarities, level, config),
    })),
    quality: mapOf(places.quality),
    loss: mapOf(lossOf(places)),
    dimensionMaps: readDimensionMaps(places, config, mapOf),
  };
}

function lossOf({ weight, quality }: PlaceOutputs): Float32Array {
  const total = quality.map((_, t) => weight.reduce((sum, level) => sum + level[t], 0));
  const average = total.reduce((sum, value) => sum + value, 0) / total.length;
  const best = Math.max(1, ...quality);
  return quality.map((value, t) => (total[t] / average) * (best - value));
}

function readLevel(
  similarities: Float32Array,
  level: number,
  { words, pairs, temperature }: Pick<ModelConfig, "words" | "pairs" | "temperature">,
): LevelAdjective[] {
  const similarity = (word: string) => similarities[level * words.length + words.indexOf(word)];
  return pairs
    .flatMap(({ dimension, positive, negative }) => {
      const value = readContrast(similarity(positive), similarity(negative), temperature);
      return [
        { word: positive, dimension, value },
        { word: negative, dimension, value: 1 - value },
      ];
    })
    .sort((a, b) => b.value - a.value);
}

function readDimensionMaps(
  { similarities, quality }: PlaceOutputs,
  config: Pick<ModelConfig, "words" | "pairs" | "temperature">,
  mapOf: (data: Float32Array) => PlaceMap,
): Record<string, PlaceMap> {
  const numbers = similarities.length / quality.length;
  const maps = new Map<string, Float32Array>();
  for (let t = 0; t < quality.length; t++) {
    const { dimensions } = readDimensions(similarities.subarray(t * numbers, (t + 1) * numbers), config);
    for (const [dimension, value] of Object.entries(dimensions)) {
      if (!maps.has(dimension)) maps.set(dimension, new Float32Array(quality.length));
      maps.get(dimension)![t] = value;
    }
  }
  return Object.fromEntries([...maps].map(([dimension, data]) => [dimension, mapOf(data)]));
}
