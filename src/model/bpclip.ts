/**
 * BPCLIP: from the feature levels of one image, or of an image and its reference, to a quality score and, on the
 * way, the cosines of four levels with the quality adjectives. Song et al., ICME 2025, arXiv 2506.17969.
 */
import type { GraphBuilder, Value } from "../graph/graph.js";
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
  const x = shallower.map((_, i) => {
    const level = i + 1;
    const hidden: [number, number] = [config.width, config.width];
    const content = mlp(g, information[i], `information.${level}.head`, hidden, "relu");
    const weights = mlp(g, weight[i], `weight.${level}.head`, hidden, "sigmoid");
    const normalized = config.pool === "weighted";
    const vector = g.add("tokenMean", `mean.${level}`, { x: content, weights }, { normalized });
    return mlp(g, vector, `x.${level}`, [config.width, config.jointWidth], "none", "map");
  });

  const similarities = cosines(g, config, x);
  return { pooled, information, weight, x, similarities, score: head(g, config, similarities) };
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
function cosines(g: GraphBuilder, config: ModelConfig, x: Value[]): Value {
  const joined = g.add("concat", "x.joined", { parts: x }, {});
  const rows = g.add("reshape", "x", { x: joined }, { shape: [levelCount, config.jointWidth] });
  const text = g.parameter("text.features", [config.words.length, config.jointWidth]);
  return g.add("cosine", "similarities", { x: rows, y: text }, {});
}

/** The score, 1×1, that the head reads from the cosines, or from the softmax of each level's. */
export function head(g: GraphBuilder, config: ModelConfig, similarities: Value): Value {
  const read =
    config.similarity === "softmax"
      ? g.add("softmax", "head.softmax", { x: similarities }, { scale: 100 })
      : similarities;
  const inputs = levelCount * config.words.length;
  const row = g.add("reshape", "head.input", { x: read }, { shape: [1, inputs] });
  return mlp(g, row, "head", [inputs, 1]);
}
