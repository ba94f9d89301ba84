/** CLIP's text tower: prompts as token ids to features of the joint space, under OpenAI's key names. */
import type { Activation, GraphBuilder, Value } from "../graph/graph.js";
import { integer, object, oneOf, parseJson, refuse } from "./json-rules.js";
import { layerNorm, linear } from "./layers.js";

/** Sizes of a tower and its one choice. */
export interface TextTowerConfig {
  /** Tokens of the vocabulary; the last two are the start and the end of a text. */
  vocabulary: number;
  /** Tokens of the longest prompt, start and end included: 77 in CLIP. */
  context: number;
  width: number;
  layers: number;
  heads: number;
  /** E: width of the joint image-text space. */
  jointWidth: number;
  /** QuickGELU in OpenAI's towers, GELU in many that others have trained. */
  activation: Extract<Activation, "quickGelu" | "gelu">;
}

const config = object<TextTowerConfig>({
  vocabulary: integer(3, 1_000_000),
  context: integer(3, 4096),
  width: integer(1, 8192),
  layers: integer(1, 128),
  heads: integer(1, 128),
  jointWidth: integer(1, 8192),
  activation: oneOf("quickGelu", "gelu"),
});

/**
 * Reads a tower's config from JSON, which travels in the metadata of its file under `clip_text`.
 * @throws WeightsError WEIGHTS_CONFIG, naming the field, what was found and what is allowed.
 */
export function parseTextTowerConfig(json: string): TextTowerConfig {
  const tower = parseJson(json, config);
  if (tower.width % tower.heads === 0) return tower;
  throw refuse("width", `${tower.width}`, `a multiple of heads (${tower.heads})`);
}

/**
 * Features of N prompts, normalised: N×E. Radford et al., "Learning Transferable Visual Models From Natural Language
 * Supervision" (2021): pre-norm blocks under a causal mask, then the end token's row, projected.
 * @param ids u32, N×T: start, text and end token of each prompt, and anything behind them.
 * @param places u32, T: 0 … T−1, T no more than the context.
 * @param ends u32, N: where the end token of each prompt is among all N·T tokens.
 */
export function textTower(
  g: GraphBuilder,
  config: TextTowerConfig,
  ids: Value,
  places: Value,
  ends: Value,
): Value {
  const { vocabulary, context, width, layers, jointWidth } = config;
  const tokenTable = g.parameter("token_embedding.weight", [vocabulary, width]);
  const positionTable = g.parameter("positional_embedding", [context, width]);
  const tokens = g.add("embedding", "tokens", { ids, table: tokenTable }, {});
  const positions = g.add("embedding", "positions", { ids: places, table: positionTable }, {});
  let x = g.add("add", "embedded", { a: tokens, b: positions }, {});
  for (let layer = 0; layer < layers; layer++) x = block(g, x, `transformer.resblocks.${layer}`, config);

  // Only the end tokens' rows are needed, and a norm is of each row alone: so it comes after they are taken.
  const rows = g.add("reshape", "rows", { x }, { shape: [ids.shape[0] * ids.shape[1], width] });
  const last = g.add("embedding", "last", { ids: ends, table: rows }, {});
  const weight = g.transposed(g.parameter("text_projection", [width, jointWidth]));
  const normed = layerNorm(g, last, "ln_final");
  const projected = g.add("linear", "projected", { x: normed, weight }, { activation: "none" });
  return g.add("l2Normalize", "features", { x: projected }, {});
}

/** x + attention(norm(x)), and that plus MLP(norm(that)). */
function block(
  g: GraphBuilder,
  x: Value,
  name: string,
  { width, heads, activation }: TextTowerConfig,
): Value {
  const normed = layerNorm(g, x, `${name}.ln_1`);
  const weight = g.parameter(`${name}.attn.in_proj_weight`, [3 * width, width]);
  const bias = g.parameter(`${name}.attn.in_proj_bias`, [3 * width]);
  const qkv = g.add("linear", `${name}.attn.in_proj`, { x: normed, weight, bias }, { activation: "none" });
  const [q, k, v] = ["q", "k", "v"].map((role, i) =>
    g.add("slice", `${name}.attn.${role}`, { x: qkv }, { start: i * width, count: width }),
  );
  const attended = g.add("attention", `${name}.attn`, { q, k, v }, { heads, causal: true });
  const output = linear(g, attended, `${name}.attn.out_proj`, width);
  const between = g.add("add", `${name}.attended`, { a: output, b: x }, {});

  const hidden = linear(g, layerNorm(g, between, `${name}.ln_2`), `${name}.mlp.c_fc`, 4 * width, activation);
  const change = linear(g, hidden, `${name}.mlp.c_proj`, width);
  return g.add("add", `${name}.output`, { a: change, b: between }, {});
}
