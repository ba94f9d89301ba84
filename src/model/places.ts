/**
 * What the network sees where: its branches' maps, and its reading of every place by itself. The network pools a
 * level's features over all places before it compares them with the words; here each place is compared as if the whole
 * picture were like it. That takes a few small layers beside the network's own, and no gradient.
 */
import type { GraphBuilder, Value } from "../graph/graph.js";
import { type BpclipValues, cosinesWithWords, head, levelCount, toJointSpace } from "./bpclip.js";
import type { ModelConfig } from "./config.js";

/** Values for each of T places, the pooled maps' cells, row-major. */
export interface PlaceValues {
  /** The information branch's features and the weight branch's weights at each level, averaged over channels: 1×T×1. */
  information: Value[];
  weight: Value[];
  /** Cosines with the words that a picture would have that is like the place throughout: T×(4·words). */
  similarities: Value;
  /** The score that it would have: T×1. */
  quality: Value;
}

/** @param values Of `bpclip`, on the same builder. */
export function places(
  g: GraphBuilder,
  config: ModelConfig,
  { content, contentWeights }: Pick<BpclipValues, "content" | "contentWeights">,
): PlaceValues {
  const { width, jointWidth, words } = config;
  const tokens = content[0].shape[1];
  const equalShares = g.constant("channels.shares", [1, width], new Float32Array(width).fill(1 / width));
  const channelMean = (x: Value, name: string) =>
    g.add("linear", name, { x, weight: equalShares }, { activation: "none" });

  const parts = content.map((features, i) => {
    const name = `places.${i + 1}`;
    // A weighted mean of one place is its features; a plain mean of the products is its product.
    const vectors =
      config.pool === "weighted"
        ? features
        : g.add("multiply", `${name}.product`, { a: features, b: contentWeights[i] }, {});
    const joint = toJointSpace(g, vectors, `${name}.x`, config);
    const rows = g.add("reshape", `${name}.rows`, { x: joint }, { shape: [tokens, jointWidth] });
    return cosinesWithWords(g, config, rows, `${name}.similarities`);
  });
  const similarities = g.add("concat", "places.similarities", { parts }, {});
  const byLevel = { shape: [levelCount * tokens, words.length] };
  const rows = g.add("reshape", "places.levels", { x: similarities }, byLevel);
  return {
    information: content.map((features, i) => channelMean(features, `places.${i + 1}.information`)),
    weight: contentWeights.map((weights, i) => channelMean(weights, `places.${i + 1}.weight`)),
    similarities,
    quality: head(g, config, rows, "places.quality"),
  };
}
