/**
 * BPCLIP: from the feature levels of one image, or of an image and its reference, to a quality score and, on the
 * way, the cosines of four levels with the quality adjectives. Song et al., ICME 2025, arXiv 2506.17969.
 */
import type { GraphBuilder, Value } from "../graph/graph.js";
import { sizeOf } from "../graph/shape.js";
import { attentionBlock } from "./attention.js";
import type { ModelConfig } from "./config.js";
import { mlp } from "./layers.js";
import { type MapSize, poolLevel, poolPair } from "./pooling.js";
import { resnet } from "./resnet.js";

/** Levels that both branches read; the fifth serves the fourth as context. */
export const levelCount = 4;

/** Everything that can be looked at in a forward pass; a graph is built of the values that are wanted. */
export interface BpclipValues {
  /** The five maps G_i with position code, 1×T×D. */
  pooled: Value[];
  /** G'_i of the information branch and G''_i of the weight branch, 1×T×D. */
  information: Value[];
  weight: Value[];
  /** What the heads of both branches make of them, 1×T×D: features, and their weights in 0..1. */
  content: Value[];
  contentWeights: Value[];
  /** Each level's vector in the joint space, 1×E. */
  x: Value[];
  /** Cosines, 4×words. */
  similarities: Value;
  /** The score, 1×1. */
  score: Value;
}

/** Feature levels of a normalised picture 1×H×W×3, named `${name}.1` … `${name}.5`. */
export function features(g: GraphBuilder, picture: Value, config: ModelConfig, name: string): Value[] {
  return resnet(g, picture, config.backbone, name);
}

/**
 * From feature levels to the score.
 * @param levels The five levels of the image that is judged.
 * @param reference The five levels of its reference; FR only.
 */
export function bpclip(
  g: GraphBuilder,
  config: ModelConfig,
  levels: Value[],
  reference?: Value[],
): BpclipValues {
  const [, height, width] = levels[4].shape;
  const size: MapSize = [height, width];
  const position = positionCode(g, config, size);
  const pooled = levels.map((level, i) => {
    const name = `pooling.${i + 1}`;
    const map = reference
      ? poolPair(g, level, reference[i], name, config, size)
      : poolLevel(g, level, name, config, size);
    const shape = [1, height * width, config.width];
    const tokens = g.add("reshape", `${name}.tokens`, { x: map }, { shape });
    return g.add("add", `pooled.${i + 1}`, { a: tokens, b: position }, {});
  });

  const shallower = pooled.slice(0, levelCount);
  const information = shallower.map((tokens, i) =>
    attentionBlock(
      g,
      tokens,
      pooled[i + 1],
      `information.${i + 1}.attention`,
      `information.${i + 1}`,
      config,
    ),
  );
  const weight = shallower.map((tokens, i) =>
    attentionBlock(g, tokens, tokens, `weight.${i + 1}.attention`, `weight.${i + 1}`, config),
  );
  const hidden: [number, number] = [config.width, config.width];
  const content = information.map((tokens, i) => mlp(g, tokens, `information.${i + 1}.head`, hidden, "relu"));
  const contentWeights = weight.map((tokens, i) => mlp(g, tokens, `weight.${i + 1}.head`, hidden, "sigmoid"));
  const x = content.map((features, i) => {
    const normalized = config.pool === "weighted";
    const inputs = { x: features, weights: contentWeights[i] };
    return toJointSpace(g, g.add("tokenMean", `mean.${i + 1}`, inputs, { normalized }), `x.${i + 1}`, config);
  });

  const similarities = cosines(g, config, x);
  const score = head(g, config, similarities);
  return { pooled, information, weight, content, contentWeights, x, similarities, score };
}

/** Vectors of width D to the joint space of pictures and words, of width E; the same layers for every level. */
export function toJointSpace(g: GraphBuilder, x: Value, name: string, config: ModelConfig): Value {
  return mlp(g, x, name, [config.width, config.jointWidth], "none", "map");
}

/** The learnable position code at the size of the pooled maps, 1×T×D. */
function positionCode(g: GraphBuilder, config: ModelConfig, [height, width]: MapSize): Value {
  const half = [config.positionSize, config.width / 2];
  const h = g.parameter("position.h", half);
  const w = g.parameter("position.w", half);
  const code = g.add("positionCode", "position.code", { h, w }, {});
  const resized = g.add("resizeBicubic", "position.resized", { x: code }, { height, width });
  return g.add("reshape", "position", { x: resized }, { shape: [1, height * width, config.width] });
}

/** Cosines of the four levels' vectors (each 1×E) with the adjectives: 4×words. */
export function cosines(g: GraphBuilder, config: ModelConfig, x: Value[]): Value {
  const joined = g.add("concat", "x.joined", { parts: x }, {});
  const rows = g.add("reshape", "x", { x: joined }, { shape: [levelCount, config.jointWidth] });
  return cosinesWithWords(g, config, rows, "similarities");
}

/** Cosines of rows in the joint space (M×E) with the adjectives: M×words. */
export function cosinesWithWords(g: GraphBuilder, config: ModelConfig, rows: Value, name: string): Value {
  const text = g.parameter("text.features", [config.words.length, config.jointWidth]);
  return g.add("cosine", name, { x: rows, y: text }, {});
}

/**
 * The scores that the head reads from cosines, or from the softmax of each level's.
 * @param similarities 4M×words: the four levels of each of M vectors in turn.
 * @returns M×1.
 */
export function head(g: GraphBuilder, config: ModelConfig, similarities: Value, name = "head"): Value {
  const read =
    config.similarity === "softmax"
      ? g.add("softmax", `${name}.softmax`, { x: similarities }, { scale: 100 })
      : similarities;
  const inputs = levelCount * config.words.length;
  const shape = [sizeOf(similarities.shape) / inputs, inputs];
  const rows = g.add("reshape", `${name}.input`, { x: read }, { shape });
  return mlp(g, rows, name, [inputs, 1], "none", "head");
}
