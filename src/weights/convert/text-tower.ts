/** CLIP's text tower, as OpenAI, open_clip or Hugging Face name its tensors, to the file of a text tower. */
import { InputError, WeightsError } from "../../errors.js";
import { GraphBuilder } from "../../graph/graph.js";
import { checkpointTensors } from "../../graph/parameters.js";
import { parseTextTowerConfig, type TextTowerConfig, textTower } from "../../model/text-tower.js";
import type { ExpectedTensor } from "../named-tensors.js";
import type { Detected } from "./detect.js";
import { copied, type Gathered, gather, type Recipe } from "./gather.js";
import type { Source } from "./model-files.js";
import type { TowerTraits } from "./tower-traits.js";

/** What CLIP has beside its text tower. */
const otherParts = [
  ...["visual.*", "logit_scale", "logit_bias"],
  ...["attn_mask", "input_resolution", "context_length", "vocab_size"],
];

/**
 * The tower's tensors under OpenAI's keys, and its config by their shapes.
 * @param traits What shapes do not tell.
 * @throws WeightsError WEIGHTS_NO_PROJECTION (it has no joint space), WEIGHTS_CONFIG (sizes beyond all sense), and all of
 * `gather`; InputError INPUT_TOWER (heads or activation cannot be told, or do not fit).
 */
export function convertTower(
  source: Source,
  { kind, prefix }: Detected,
  traits: Partial<TowerTraits>,
): Gathered & { config: TextTowerConfig } {
  if (kind === "huggingFace") {
    const outer = prefix.replace(/(text_model\.)*$/, "");
    const config = towerConfig(sizesOfHuggingFace(source, prefix, outer), traits);
    const recipes = towerTensors(config).map((tensor) => ofHuggingFace(tensor, config, prefix, outer));
    const inner = prefix.slice(outer.length);
    const droppable = [
      `${inner}embeddings.position_ids`,
      "logit_scale",
      "vision_model.*",
      "visual_projection.*",
    ];
    return { config, ...gather(source, recipes, outer, droppable) };
  }
  const config = towerConfig(sizesOfOpenAi(source, prefix), traits);
  return { config, ...gather(source, copied(towerTensors(config), prefix), prefix, otherParts) };
}

/** The tensors of a text tower's file. */
export function towerTensors(config: TextTowerConfig): ExpectedTensor[] {
  const g = new GraphBuilder();
  const tokens = 3;
  const [ids, places, ends] = [
    g.input("ids", [1, tokens], "u32"),
    g.input("places", [tokens], "u32"),
    g.input("ends", [1], "u32"),
  ];
  return checkpointTensors(g.build([textTower(g, config, ids, places, ends)]));
}

type Sizes = Omit<TextTowerConfig, keyof TowerTraits>;

function towerConfig(sizes: Sizes, { heads, activation }: Partial<TowerTraits>): TextTowerConfig {
  const { width } = sizes;
  // All of CLIP's towers have heads of 64.
  const count = heads ?? width / 64;
  if (!Number.isInteger(count) || count < 1 || width % count !== 0) {
    const what =
      heads === undefined
        ? `heads cannot be told from its width of ${width}`
        : `width of ${width} has no ${heads} heads`;
    throw new InputError("INPUT_TOWER", `The text tower's ${what}.`, "Say how many heads it has (--heads).");
  }
  if (activation === undefined) {
    throw new InputError(
      "INPUT_TOWER",
      "The text tower's activation cannot be told from its weights.",
      "Say which it is (--activation): quickGelu in OpenAI's weights and in models named …-quickgelu, gelu in LAION's, DataComp's and most others of open_clip.",
    );
  }
  return parseTextTowerConfig(JSON.stringify({ ...sizes, heads: count, activation }));
}

function sizesOfOpenAi({ tensors }: Source, prefix: string): Sizes {
  const [vocabulary = 0, width = 0] = tensors.get(`${prefix}token_embedding.weight`)?.shape ?? [];
  const [context = 0] = tensors.get(`${prefix}positional_embedding`)?.shape ?? [];
  const [, jointWidth] = tensors.get(`${prefix}text_projection`)?.shape ?? [];
  if (jointWidth === undefined) throw noProjection();
  const has = (layer: number) => tensors.has(`${prefix}transformer.resblocks.${layer}.ln_1.weight`);
  return { vocabulary, context, width, layers: countWhile(has), jointWidth };
}

function sizesOfHuggingFace({ tensors }: Source, prefix: string, outer: string): Sizes {
  const [vocabulary = 0, width = 0] = tensors.get(`${prefix}embeddings.token_embedding.weight`)?.shape ?? [];
  const [context = 0] = tensors.get(`${prefix}embeddings.position_embedding.weight`)?.shape ?? [];
  const [jointWidth] = tensors.get(`${outer}text_projection.weight`)?.shape ?? [];
  if (jointWidth === undefined) throw noProjection();
  const has = (layer: number) => tensors.has(`${prefix}encoder.layers.${layer}.layer_norm1.weight`);
  return { vocabulary, context, width, layers: countWhile(has), jointWidth };
}

function countWhile(has: (index: number) => boolean): number {
  let count = 0;
  while (has(count)) count++;
  return count;
}

function noProjection(): WeightsError {
  return new WeightsError(
    "WEIGHTS_NO_PROJECTION",
    "The text tower has no projection to the joint space of images and texts (text_projection), as a CLIPTextModel has none.",
    "Convert the whole CLIPModel, or a CLIPTextModelWithProjection.",
  );
}

/** Names of OpenAI's parts of a block, in Hugging Face's words. */
const blockParts = new Map([
  ["ln_1", "layer_norm1"],
  ["ln_2", "layer_norm2"],
  ["attn.out_proj", "self_attn.out_proj"],
  ["mlp.c_fc", "mlp.fc1"],
  ["mlp.c_proj", "mlp.fc2"],
]);

/** How Hugging Face has one of our tensors: queries, keys and values apart, and the projection transposed. */
function ofHuggingFace(
  { key, shape }: ExpectedTensor,
  { width, jointWidth }: TextTowerConfig,
  prefix: string,
  outer: string,
): Recipe {
  const copy = (name: string): Recipe => ({ key, shape, from: [{ key: prefix + name, shape }], how: "copy" });
  if (key === "token_embedding.weight") return copy("embeddings.token_embedding.weight");
  if (key === "positional_embedding") return copy("embeddings.position_embedding.weight");
  if (key === "text_projection") {
    const from = [{ key: `${outer}text_projection.weight`, shape: [jointWidth, width] }];
    return { key, shape, from, how: "transpose" };
  }
  if (key.startsWith("ln_final.")) return copy(key.replace("ln_final", "final_layer_norm"));

  const [, layer, part] = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(key)!;
  const joined = /^attn\.in_proj_(weight|bias)$/.exec(part);
  if (joined) {
    const names = ["q", "k", "v"].map(
      (role) => `${prefix}encoder.layers.${layer}.self_attn.${role}_proj.${joined[1]}`,
    );
    const third = [width, ...shape.slice(1)];
    return { key, shape, from: names.map((name) => ({ key: name, shape: third })), how: "join" };
  }
  const at = part.lastIndexOf(".");
  return copy(`encoder.layers.${layer}.${blockParts.get(part.slice(0, at))}${part.slice(at)}`);
}
