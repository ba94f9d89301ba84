/**
 * A text tower's file: safetensors under OpenAI's key names, with its config under `clip_text` in the metadata, its
 * tokenizer's merges under `merges` and, unless it is OpenAI's, whose tokenizer it is under `convention`.
 */
import { WeightsError } from "../errors.js";
import { quote } from "../json.js";
import { parseTextTowerConfig, type TextTowerConfig } from "../model/text-tower.js";
import { Tokenizer } from "../text/tokenizer.js";
import { conventions, readMerges, vocabularyOfMerges } from "../text/vocabulary-files.js";
import { NamedTensors } from "./named-tensors.js";
import { readSafetensors, type TensorView } from "./safetensors.js";

export class TextCheckpoint extends NamedTensors {
  constructor(
    readonly config: TextTowerConfig,
    readonly tokenizer: Tokenizer,
    tensors: ReadonlyMap<string, TensorView>,
  ) {
    super("text tower", tensors);
  }
}

/**
 * Opens a text tower over its file's bytes, which are kept and must not change.
 * @throws WeightsError WEIGHTS_NOT_TEXT (no tower in its metadata, or none with a tokenizer), WEIGHTS_CONFIG (its config
 * is none, or its tokenizer has other tokens than its tower), all of `readSafetensors` and `readMerges`.
 */
export function openTextCheckpoint(bytes: ArrayBuffer | Uint8Array): TextCheckpoint {
  const { metadata, tensors } = readSafetensors(bytes);
  for (const [key, what] of [
    ["clip_text", "no text tower"],
    ["merges", "a text tower without a tokenizer"],
  ]) {
    if (Object.hasOwn(metadata, key)) continue;
    throw new WeightsError(
      "WEIGHTS_NOT_TEXT",
      `The weights are safetensors, but ${what}: their metadata have no key "${key}".`,
      "Make the file with `bpclip convert` from CLIP's weights and its vocabulary.",
    );
  }
  const config = parseTextTowerConfig(metadata.clip_text);
  const convention = conventions.find((known) => known === (metadata.convention ?? "openai"));
  if (!convention) {
    throw new WeightsError(
      "WEIGHTS_CONFIG",
      `The text tower's tokenizer follows ${quote(metadata.convention)}; known are ${conventions.join(", ")}.`,
      "Convert the text tower again.",
    );
  }
  const tokenizer = new Tokenizer(vocabularyOfMerges(readMerges(metadata.merges)), { convention });
  if (tokenizer.size !== config.vocabulary) {
    throw new WeightsError(
      "WEIGHTS_CONFIG",
      `The text tower has ${config.vocabulary} tokens, and its tokenizer ${tokenizer.size}.`,
      "Convert the text tower again, with the vocabulary that it was trained with.",
    );
  }
  return new TextCheckpoint(config, tokenizer, tensors);
}
