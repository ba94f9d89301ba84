import type { ModelConfig } from "../../src/model/config.js";
import { pairs, words } from "../../src/text/vocabulary.js";

/** A small network that is wrong in nothing. */
export function smallConfig(changes: Partial<ModelConfig> = {}): ModelConfig {
  return {
    name: "small",
    mode: "nr",
    backbone: { stem: 8, width: 4, blocks: [1, 1, 1, 1] },
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    width: 16,
    jointWidth: 12,
    heads: 4,
    gateWidth: 8,
    gate: "linear",
    difference: "absolute",
    outProjection: false,
    preNorm: false,
    pool: "mean",
    similarity: "cosine",
    positionSize: 8,
    words: [...words],
    pairs: pairs.map((pair) => ({ ...pair })),
    temperature: 0.02,
    ...changes,
  };
}
