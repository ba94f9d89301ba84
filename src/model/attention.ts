/** One block of multiscale cross-attention (MSCA) or self-attention (SA). BPCLIP §III-C, Eq. 4 and 5. */
import type { GraphBuilder, Value } from "../graph/graph.js";
import type { ModelConfig } from "./config.js";
import { layerNorm, linear } from "./layers.js";

/**
 * softmax(Wq·x (Wk·context)ᵀ / √(D/heads)) · Wv·context, projected if the config says so, plus x.
 * @param x The queries' tokens, 1×T×D; the shallower level.
 * @param context The keys' and values' tokens, 1×S×D; x itself for self-attention.
 * @param name Parameters are `${name}.query`, `.key`, `.value`, `.output` and `.norm`.
 * @param outputName Names the result.
 */
export function attentionBlock(
  g: GraphBuilder,
  x: Value,
  context: Value,
  name: string,
  outputName: string,
  config: ModelConfig,
): Value {
  const { width, heads } = config;
  const normed = config.preNorm ? layerNorm(g, x, `${name}.norm.query`, `${name}.norm`) : x;
  const normedContext =
    context === x
      ? normed
      : config.preNorm
        ? layerNorm(g, context, `${name}.norm.context`, `${name}.norm`)
        : context;
  const q = linear(g, normed, `${name}.query`, width);
  const k = linear(g, normedContext, `${name}.key`, width);
  const v = linear(g, normedContext, `${name}.value`, width);
  const attended = g.add("attention", `${name}.attended`, { q, k, v }, { heads, causal: false });
  const projected = config.outProjection ? linear(g, attended, `${name}.output`, width) : attended;
  return g.add("add", outputName, { a: projected, b: x }, {});
}
