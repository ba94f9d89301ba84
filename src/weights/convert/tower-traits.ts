/** What the shapes of a text tower do not tell: its heads and its activation, by the configs beside its weights. */
import { WeightsError } from "../../errors.js";
import { isObject, quote } from "../../json.js";
import { parseTextTowerConfig, type TextTowerConfig } from "../../model/text-tower.js";
import type { Kind } from "./detect.js";
import { type ModelFiles, readJson, type Source } from "./model-files.js";

export type TowerTraits = Pick<TextTowerConfig, "heads" | "activation">;

/**
 * As far as the files tell; what is given goes before it.
 * @throws WeightsError WEIGHTS_JSON, WEIGHTS_CONFIG (a config of a tower that is built otherwise than CLIP's).
 */
export async function towerTraits(
  files: ModelFiles,
  source: Source,
  kind: Kind,
  given: Partial<TowerTraits>,
): Promise<Partial<TowerTraits>> {
  const found = await foundTraits(files, source, kind);
  return { heads: given.heads ?? found.heads, activation: given.activation ?? found.activation };
}

async function foundTraits(files: ModelFiles, { texts }: Source, kind: Kind): Promise<Partial<TowerTraits>> {
  const own = texts.get("clip_text");
  if (own !== undefined) return parseTextTowerConfig(own);
  if (kind === "openai") return { activation: "quickGelu" };
  if (kind === "openClip") return ofOpenClip(await readJson(files, "open_clip_config.json"));
  return ofHuggingFace(await readJson(files, "config.json"));
}

/** By open_clip_config.json; what it leaves out is as open_clip's `CLIPTextCfg` has it. */
function ofOpenClip(json: Record<string, unknown> | undefined): Partial<TowerTraits> {
  if (!json) return {};
  const model = isObject(json.model_cfg) ? json.model_cfg : json;
  const text = isObject(model.text_cfg) ? model.text_cfg : {};
  requireUsual("open_clip_config.json", text, {
    pool_type: "argmax",
    proj_type: "linear",
    proj_bias: false,
    mlp_ratio: 4,
    embed_cls: false,
    no_causal_mask: false,
    final_ln_after_pool: false,
    ls_init_value: null,
    act_kwargs: null,
    norm_kwargs: null,
    hf_model_name: null,
    qk_norm: false,
    scaled_cosine_attn: false,
    scale_heads: false,
    scale_attn_inner: false,
    scale_attn: false,
    scale_fc: false,
  });
  return {
    heads: count("open_clip_config.json", text.heads ?? 8),
    activation: model.quick_gelu === true ? "quickGelu" : "gelu",
  };
}

/** By Hugging Face's config.json; what it leaves out is as its `CLIPTextConfig` has it. */
function ofHuggingFace(json: Record<string, unknown> | undefined): Partial<TowerTraits> {
  if (!json) return {};
  const text = isObject(json.text_config) ? json.text_config : json;
  requireUsual("config.json", text, { layer_norm_eps: 1e-5 });
  const name = text.hidden_act ?? "quick_gelu";
  if (name !== "quick_gelu" && name !== "gelu") {
    throw refuse("config.json", "hidden_act", name, '"quick_gelu" or "gelu"');
  }
  return {
    heads: count("config.json", text.num_attention_heads ?? 8),
    activation: name === "gelu" ? "gelu" : "quickGelu",
  };
}

/** Refuses what would compute something else than CLIP's text tower. */
function requireUsual(file: string, found: Record<string, unknown>, usual: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(usual)) {
    const actual = found[field] ?? value;
    if (actual !== value) throw refuse(file, field, actual, quote(value));
  }
}

function count(file: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw refuse(file, "heads", value, "a count");
}

function refuse(file: string, field: string, found: unknown, allowed: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_CONFIG",
    `The text tower is not built as CLIP's: ${file} has ${quote(found)} as ${field}, and allowed is ${allowed}.`,
    "Convert another model; this one's tower would give other features than its makers'.",
  );
}
