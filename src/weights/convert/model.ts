/** BPCLIP's own weights, checkpoints and training states, to a checkpoint. */
import { WeightsError } from "../../errors.js";
import { type ModelConfig, parseConfig } from "../../model/config.js";
import { modelTensors } from "../../model/tensors.js";
import { parseTextTowerConfig } from "../../model/text-tower.js";
import { CpuExecutor } from "../../reference/executor.js";
import { embedTexts } from "../../text/embed.js";
import type { TextCheckpoint } from "../text-checkpoint.js";
import { copied, type Gathered, gather } from "./gather.js";
import type { Source } from "./model-files.js";

const featuresKey = "text.features";

/** What a state of tools/train/train.py says of its networks, as far as it is needed for this mode. */
export interface StateTexts {
  clip_text: string;
  merges: string;
  bpclip: string;
}

/**
 * The texts of a training state.
 * @throws WeightsError WEIGHTS_STATE (it has none, as states of earlier versions have not).
 */
export function stateTexts({ texts }: Source, mode: "nr" | "fr"): StateTexts {
  const [clip_text, merges, bpclip] = ["clip_text", "merges", `bpclip.${mode}`].map((name) => {
    const text = texts.get(name);
    if (text !== undefined) return text;
    throw new WeightsError(
      "WEIGHTS_STATE",
      `The training state does not describe its networks: it has no text "${name}".`,
      "Train on with --resume, which writes it anew, or export it with tools/train/export.py.",
    );
  });
  parseTextTowerConfig(clip_text);
  return { clip_text, merges, bpclip };
}

/**
 * A checkpoint of one mode, of the averaged weights.
 * @param tower The state's own text tower: the words' features are computed by it, for in training they are nobody's.
 * @throws WeightsError WEIGHTS_STATE, WEIGHTS_CONFIG, and all of `gather`.
 */
export async function modelOfState(
  source: Source,
  mode: "nr" | "fr",
  tower: TextCheckpoint,
): Promise<Gathered & { config: ModelConfig }> {
  const config = parseConfig(stateTexts(source, mode).bpclip);
  const prefix = `average.${mode}.`;
  const wanted = modelTensors(config);
  const stored = wanted.filter(({ key }) => key !== featuresKey);
  const { tensors, unused } = gather(source, copied(stored, prefix), prefix, [
    featuresKey,
    "*.num_batches_tracked",
  ]);
  const features = await embedTexts(tower, new CpuExecutor(tower.get.bind(tower)), config.words);
  tensors.set(featuresKey, { shape: [config.words.length, config.jointWidth], data: features });
  return { config, tensors, unused };
}

/** A checkpoint's tensors and config, as they are. */
export function modelOfCheckpoint(source: Source): Gathered & { config: ModelConfig } {
  const config = parseConfig(source.texts.get("bpclip")!);
  return { config, ...gather(source, copied(modelTensors(config), ""), "", []) };
}
