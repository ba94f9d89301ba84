/** What a file of weights is of, told from its tensors' names alone: file names say little. */
import { WeightsError } from "../../errors.js";
import { quote } from "../../json.js";
import type { Source } from "./model-files.js";

/** The kinds that are read, by the program that made them and what they hold. */
export const kinds = {
  training: "a training state of this project",
  checkpoint: "a BPCLIP checkpoint",
  tower: "a text tower of this project",
  openai: "OpenAI CLIP",
  openClip: "open_clip",
  huggingFace: "Hugging Face CLIP",
  resnet: "a ResNet",
} as const;
export type Kind = keyof typeof kinds;

export interface Detected {
  kind: Kind;
  /** What stands before the names of the network's tensors, such as `state_dict.module.`; "" for none. */
  prefix: string;
}

/** What training programs and wrappers put before a name. */
const wrappers = String.raw`(?:(?:state_dict|model|module|_orig_mod)\.)*`;

/**
 * The kind of the weights; undefined where it is none of `kinds`.
 * @throws WeightsError WEIGHTS_AMBIGUOUS (two networks of the kind are in it).
 */
export function detect({ tensors, texts }: Source): Detected | undefined {
  const find = (anchor: string, prefixes: string) => findPrefix([...tensors.keys()], anchor, prefixes);

  if (tensors.has("average.tower.token_embedding.weight") && tensors.has("average.nr.head.0.weight")) {
    return { kind: "training", prefix: "average." };
  }
  if (texts.has("bpclip")) return { kind: "checkpoint", prefix: "" };

  const tower = find("transformer.resblocks.0.ln_1.weight", `${wrappers}(?:text\\.)?`);
  if (tower !== undefined && tensors.has(`${tower}token_embedding.weight`)) {
    if (texts.has("clip_text")) return { kind: "tower", prefix: tower };
    // OpenAI's archives have these numbers as tensors.
    return { kind: tensors.has(`${tower}context_length`) ? "openai" : "openClip", prefix: tower };
  }
  const huggingFace = find("embeddings.token_embedding.weight", `${wrappers}(?:text_model\\.)*`);
  if (huggingFace !== undefined) return { kind: "huggingFace", prefix: huggingFace };
  const resnet = find("layer1.0.conv1.weight", `${wrappers}(?:backbone\\.)?`);
  return resnet === undefined ? undefined : { kind: "resnet", prefix: resnet };
}

/**
 * The same, of weights that must be of a kind.
 * @throws WeightsError WEIGHTS_UNKNOWN, WEIGHTS_AMBIGUOUS.
 */
export function requireKind(source: Source): Detected {
  const found = detect(source);
  if (found) return found;
  const first = [...source.tensors.keys()].slice(0, 3).map((name) => quote(name, 120));
  throw new WeightsError(
    "WEIGHTS_UNKNOWN",
    `The ${source.tensors.size} tensors are of no known network; the first are ${first.join(", ") || "none"}.`,
    "Convert a text tower of CLIP (OpenAI, open_clip or Hugging Face), a ResNet50 or a training state of this project.",
  );
}

/** What stands before the one name that ends in the anchor, if it is one of the prefixes. */
function findPrefix(names: string[], anchor: string, prefixes: string): string | undefined {
  const allowed = new RegExp(`^${prefixes}$`);
  const found = names
    .filter((name) => name.endsWith(anchor))
    .map((name) => name.slice(0, -anchor.length))
    .filter((prefix) => allowed.test(prefix));
  if (found.length < 2) return found[0];
  throw new WeightsError(
    "WEIGHTS_AMBIGUOUS",
    `The file has ${found.length} networks of one kind, named ${found.map((prefix) => quote(`${prefix}…`)).join(" and ")}.`,
    "Save the one that is wanted alone: torch.save(model.state_dict(), path).",
  );
}
