/**
 * A checkpoint to train from: a backbone that has been trained on something else, the quality adjectives' features by a
 * text tower, computed once, and the layers between them at their first values. Its sizes are the paper's: D = 512, four
 * heads, gates of 64.
 */
import { InputError } from "../errors.js";
import type { Shape } from "../graph/graph.js";
import type { BackboneConfig, ModelConfig } from "../model/config.js";
import { initialise } from "../model/initialise.js";
import { modelTensors } from "../model/tensors.js";
import { pairs, words } from "../text/vocabulary.js";
import { NamedTensors } from "./named-tensors.js";
import type { TensorView } from "./safetensors.js";

/** What may be chosen of a network; where a choice is left out, it is the paper's. */
export type Choices = Pick<ModelConfig, "mode"> &
  Partial<
    Pick<ModelConfig, "name" | "gate" | "difference" | "outProjection" | "preNorm" | "pool" | "similarity">
  >;

/** The config of a network of the paper's size, as `paper` in tools/train/config.py gives it. */
export function paperConfig(backbone: BackboneConfig, jointWidth: number, choices: Choices): ModelConfig {
  const { mode, name = `bpclip-${mode}` } = choices;
  return {
    name,
    mode,
    backbone,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    width: 512,
    jointWidth,
    heads: 4,
    gateWidth: 64,
    gate: choices.gate ?? "linear",
    difference: choices.difference ?? "absolute",
    outProjection: choices.outProjection ?? false,
    preNorm: choices.preNorm ?? false,
    pool: choices.pool ?? "mean",
    similarity: choices.similarity ?? "cosine",
    positionSize: 32,
    words: [...words],
    pairs: pairs.map((pair) => ({ ...pair })),
    temperature: 0.1,
  };
}

/** A tensor's values, row-major. */
export interface Values {
  shape: Shape;
  data: Float32Array;
}

/** What a checkpoint is made of. */
export interface Parts {
  config: ModelConfig;
  /** Tensors under the keys of src/model/resnet.ts, `backbone.*`, and no others. */
  backbone: ReadonlyMap<string, Values>;
  /** The features of the config's words, of length 1: words×E, row-major. */
  features: Float32Array;
  /** Seed of the new layers' first values; see `initialise`. */
  seed: number;
}

/**
 * All tensors of a checkpoint, in the order in which the network reads them.
 * @throws WeightsError WEIGHTS_KEYS (the backbone's tensors are not those of the config); InputError INPUT_LENGTH (not
 * words×E features).
 */
export function assemble({ config, backbone, features, seed }: Parts): Map<string, Values> {
  const count = config.words.length * config.jointWidth;
  if (features.length !== count) {
    throw new InputError(
      "INPUT_LENGTH",
      `${config.words.length} words in a joint space of ${config.jointWidth} have ${count} features, and ${features.length} were given.`,
      "Give the features of the config's words by a text tower of its joint width.",
    );
  }
  const tensors = modelTensors(config);
  const isBackbone = ({ key }: { key: string }) => key.startsWith("backbone.");
  new NamedTensors("backbone", views(backbone)).requireKeys(tensors.filter(isBackbone));
  const fresh = initialise(
    tensors.filter((tensor) => !isBackbone(tensor) && tensor.key !== "text.features"),
    seed,
  );
  return new Map(
    tensors.map(({ key, shape }) => {
      const data = key === "text.features" ? features : (fresh.get(key) ?? backbone.get(key)!.data);
      return [key, { shape, data }];
    }),
  );
}

function views(tensors: ReadonlyMap<string, Values>): Map<string, TensorView> {
  const entries = [...tensors].map(([name, { shape, data }]): [string, TensorView] => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, { name, dtype: "F32", shape: [...shape], data: bytes }];
  });
  return new Map(entries);
}
