/**
 * What a BPCLIP checkpoint is: the sizes of its network and every choice that the paper leaves open. The config
 * travels as JSON under the key `bpclip` of the safetensors metadata, so that another reading of the paper is
 * another config and not another program.
 */
import { quote } from "../json.js";
import { flag, integer, list, object, oneOf, parseJson, real, refuse, text } from "./json-rules.js";

/** The ResNet with bottleneck blocks (torchvision's v1.5 layout, expansion 4). */
export interface BackboneConfig {
  /** Channels after the 7×7 stem: 64 for ResNet50. */
  stem: number;
  /** Inner width of the first stage's bottlenecks; it doubles each stage: 64 for ResNet50. */
  width: number;
  /** Bottlenecks in each of the four stages: [3, 4, 6, 3] for ResNet50. */
  blocks: [number, number, number, number];
}

/** Two antonyms among the quality adjectives, both poles of one dimension. */
export interface AdjectivePair {
  /** The dimension's name, such as `sharpness`. */
  dimension: string;
  /** The adjective at the dimension's good pole. */
  positive: string;
  /** Its antonym. */
  negative: string;
}

/** The sizes of a network, and the choices that the paper leaves open; a checkpoint's metadata hold them as JSON. */
export interface ModelConfig {
  /** The checkpoint's name, e.g. `bpclip-s-nr`. */
  name: string;
  /** No-reference (one image) or full-reference (a distorted image and its reference). */
  mode: "nr" | "fr";
  /** The network that gives the five levels of features. */
  backbone: BackboneConfig;
  /** Mean of RGB in [0,1] that the backbone was trained with. */
  mean: [number, number, number];
  /** Their standard deviation. */
  std: [number, number, number];
  /** D: channels of the pooled maps G_i and of both branches. Even, divisible by `heads`. */
  width: number;
  /** E: width of the joint image-text space. */
  jointWidth: number;
  /** Attention heads. */
  heads: number;
  /** Channels inside the gate φ of gated local pooling: 64 in the paper. */
  gateWidth: number;
  /** NR pooling: "linear" is φ(F)·Conv(F), "gated" is φ(b)·GELU(a) with [a, b] = Conv(F). */
  gate: "linear" | "gated";
  /** FR difference |Fd − Fr|: "absolute", or "smooth" for √((Fd − Fr)² + 1e-12) as TOPIQ has it. */
  difference: "absolute" | "smooth";
  /** A D→D projection after attention, before its residual. */
  outProjection: boolean;
  /** A layer norm, one per block, on the query's and the context's input before the Q, K, V projections. */
  preNorm: boolean;
  /** How G''' becomes one vector: the mean over tokens of f⊙w, or Σ w⊙f / Σ w per channel. */
  pool: "mean" | "weighted";
  /** What the head reads: 160 cosines, or per level the softmax over the 40 words of 100·cosine. */
  similarity: "cosine" | "softmax";
  /** Side of the learnable position code before its bicubic resize: 32. */
  positionSize: number;
  /** The quality adjectives, in the order of the rows of `text.features`. */
  words: string[];
  /** The same words as antonym pairs, grouped by dimension. */
  pairs: AdjectivePair[];
  /** τ of the pair reading p = σ((s⁺ − s⁻)/τ). */
  temperature: number;
}

/**
 * Reads a config from JSON, which may come from anywhere. The bounds leave room for any network of this kind and none
 * for sizes that only exhaust memory.
 * @throws WeightsError WEIGHTS_CONFIG, naming the field, what was found and what is allowed.
 */
export function parseConfig(json: string): ModelConfig {
  const config = parseJson(json, modelConfig);
  if (config.width % 2 !== 0 || config.width % config.heads !== 0) {
    throw refuse("width", quote(config.width), `an even multiple of heads (${config.heads})`);
  }
  if (new Set(config.words).size !== wordCount) {
    throw refuse("words", "a word more than once", `${wordCount} different words`);
  }
  const unpaired = new Set(config.words);
  for (const [i, { positive, negative }] of config.pairs.entries()) {
    for (const word of [positive, negative]) {
      if (!unpaired.delete(word))
        throw refuse(`pairs[${i}]`, quote(word), "words of the list, each in one pair only");
    }
  }
  return config;
}

/**
 * Reads a backbone's config from JSON, which travels in the metadata of its file under `resnet`.
 * @throws WeightsError WEIGHTS_CONFIG, naming the field, what was found and what is allowed.
 */
export function parseBackboneConfig(json: string): BackboneConfig {
  return parseJson(json, backboneConfig);
}

/** The regression head reads 4 × 40 similarities. */
const wordCount = 40;

const backboneConfig = object<BackboneConfig>({
  stem: integer(1, 1024),
  width: integer(1, 1024),
  blocks: list<BackboneConfig["blocks"]>(4, integer(1, 64)),
});

const modelConfig = object<ModelConfig>({
  name: text,
  mode: oneOf("nr", "fr"),
  backbone: backboneConfig,
  mean: list<[number, number, number]>(3, real(0, 1)),
  std: list<[number, number, number]>(3, real(0.001, 10)),
  width: integer(2, 8192),
  jointWidth: integer(1, 8192),
  heads: integer(1, 128),
  gateWidth: integer(1, 1024),
  gate: oneOf("linear", "gated"),
  difference: oneOf("absolute", "smooth"),
  outProjection: flag,
  preNorm: flag,
  pool: oneOf("mean", "weighted"),
  similarity: oneOf("cosine", "softmax"),
  positionSize: integer(1, 1024),
  words: list<string[]>(wordCount, text),
  pairs: list<AdjectivePair[]>(
    wordCount / 2,
    object<AdjectivePair>({ dimension: text, positive: text, negative: text }),
  ),
  temperature: real(1e-6, 1e6),
});
