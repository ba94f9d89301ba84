/**
 * A picture judged tile by tile: each tile gives the sums of its tokens' features, weighted by the weight branch, and
 * what follows the network's pooling over tokens is computed once, from the sums over all tiles. So tiles are joined by
 * the model's own pooling, over the union of their tokens.
 */
import type { GraphBuilder, Value } from "../graph/graph.js";
import { type BpclipValues, cosines, head, levelCount, toJointSpace } from "./bpclip.js";
import type { ModelConfig } from "./config.js";

/**
 * Means over a tile's T tokens of content · weight · share at each level, 1×D; and, where the config's pool is
 * "weighted", of weight · share after these.
 * @param values Of `bpclip`, on the same builder.
 * @param shares How much each token counts, 1×T×1.
 */
export function tileMeans(
  g: GraphBuilder,
  config: ModelConfig,
  { content, contentWeights }: Pick<BpclipValues, "content" | "contentWeights">,
  shares: Value,
): Value[] {
  const weights = contentWeights.map((a, i) =>
    g.add("multiply", `tile.${i + 1}.weights`, { a, b: shares }, {}),
  );
  const mean = (inputs: { x: Value; weights?: Value }, name: string) =>
    g.add("tokenMean", name, inputs, { normalized: false });
  const features = content.map((x, i) => mean({ x, weights: weights[i] }, `tile.${i + 1}.features`));
  if (config.pool === "mean") return features;
  return [...features, ...weights.map((x, i) => mean({ x }, `tile.${i + 1}.weight`))];
}

/** Adds up what `tileMeans` gives of every tile, in float64. */
export class TileSums {
  readonly #sums: Float64Array[] = [];
  #shares = 0;

  constructor(private readonly config: ModelConfig) {}

  /**
   * @param means The outputs of `tileMeans`, in order.
   * @param shares Of the tile's tokens.
   */
  add(means: readonly Float32Array[], shares: Float32Array): void {
    for (const [i, mean] of means.entries()) {
      this.#sums[i] ??= new Float64Array(mean.length);
      for (const [channel, value] of mean.entries()) this.#sums[i][channel] += value * shares.length;
    }
    for (const share of shares) this.#shares += share;
  }

  /** The picture's features at each level, pooled over all tiles: the inputs of `joinTiles` by name. */
  pooled(): Record<string, Float32Array> {
    const features = this.#sums.slice(0, levelCount).map((sum, i) => {
      const weight = this.config.pool === "weighted" ? this.#sums[levelCount + i] : undefined;
      return [`pooled.${i + 1}`, Float32Array.from(sum, (s, c) => s / (weight?.[c] ?? this.#shares))];
    });
    return Object.fromEntries(features);
  }
}

/** What `bpclip` gives of pooled features, from those of all tiles. */
export function joinTiles(
  g: GraphBuilder,
  config: ModelConfig,
): Pick<BpclipValues, "similarities" | "score" | "x"> {
  const x = Array.from({ length: levelCount }, (_, i) => {
    const pooled = g.input(`pooled.${i + 1}`, [1, config.width]);
    return toJointSpace(g, pooled, `x.${i + 1}`, config);
  });
  const similarities = cosines(g, config, x);
  return { similarities, score: head(g, config, similarities), x };
}
