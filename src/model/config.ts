/**
 * What a BPCLIP checkpoint is: the sizes of its network and every choice that the paper leaves open. The config
 * travels as JSON under the key `bpclip` of the safetensors metadata, so that another reading of the paper is
 * another config and not another program.
 */
import { WeightsError } from "../errors.js";

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
  dimension: string;
  positive: string;
  negative: string;
}

export interface ModelConfig {
  /** The checkpoint's name, e.g. `bpclip-s-nr`. */
  name: string;
  /** No-reference (one image) or full-reference (a distorted image and its reference). */
  mode: "nr" | "fr";
  backbone: BackboneConfig;
  /** Mean and standard deviation of RGB in [0,1] that the backbone was trained with. */
  mean: [number, number, number];
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
 * Reads a config from JSON, which may come from anywhere: each field must be there, of its type and of a sane size, and
 * there may be no others. The bounds leave room for any network of this kind and none for sizes that only exhaust memory.
 * @throws WeightsError WEIGHTS_CONFIG, naming the field, what was found and what is allowed.
 */
export function parseConfig(json: string): ModelConfig {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw refuse("", "text that is not JSON", "a JSON object", cause);
  }
  const config = modelConfig(value, "");
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

/** Returns the value where this field may hold it; the field is a path, "" for the whole config. */
type Rule<T> = (value: unknown, field: string) => T;

/** The regression head reads 4 × 40 similarities. */
const wordCount = 40;

const integer = (low: number, high: number): Rule<number> =>
  rule(
    `an integer in ${low}..${high}`,
    (value) => Number.isInteger(value) && within(value as number, low, high),
  );

const real = (low: number, high: number): Rule<number> =>
  rule(`a number in ${low}..${high}`, (value) => typeof value === "number" && within(value, low, high));

const flag: Rule<boolean> = rule("true or false", (value) => typeof value === "boolean");

const text: Rule<string> = rule(
  "a text of 1..64 characters",
  (value) => typeof value === "string" && within(value.length, 1, 64),
);

const oneOf = <T extends string>(...allowed: T[]): Rule<T> =>
  rule(allowed.map(quote).join(" or "), (value) => allowed.includes(value as T));

function list<T extends unknown[]>(length: T["length"], element: Rule<T[number]>): Rule<T> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length !== length)
      throw refuse(field, quote(value), `a list of ${length}`);
    return value.map((item, i) => element(item, `${field}[${i}]`)) as T;
  };
}

function object<T>(rules: { [K in keyof T]: Rule<T[K]> }): Rule<T> {
  return (value, field) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refuse(field, quote(value), "an object");
    }
    const prefix = field && `${field}.`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(rules, key));
    if (unknown !== undefined) {
      throw refuse(prefix + quote(unknown), "an unknown field", Object.keys(rules).join(", "));
    }
    const entries = Object.entries<Rule<unknown>>(rules).map(([key, rule]) => {
      const found = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      return [key, rule(found, prefix + key)];
    });
    return Object.fromEntries(entries) as T;
  };
}

const modelConfig = object<ModelConfig>({
  name: text,
  mode: oneOf("nr", "fr"),
  backbone: object<BackboneConfig>({
    stem: integer(1, 1024),
    width: integer(1, 1024),
    blocks: list<BackboneConfig["blocks"]>(4, integer(1, 64)),
  }),
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

function rule<T>(allowed: string, accepts: (value: unknown) => boolean): Rule<T> {
  return (value, field) => {
    if (!accepts(value)) throw refuse(field, quote(value), allowed);
    return value as T;
  };
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

function refuse(field: string, found: string, allowed: string, cause?: unknown): WeightsError {
  return new WeightsError(
    "WEIGHTS_CONFIG",
    `The checkpoint's config is wrong${field && ` at ${field}`}: found ${found}, allowed is ${allowed}.`,
    "Use a checkpoint made for this version, or export it again.",
    { cause },
  );
}

/** JSON of a found value, short enough for a message. */
function quote(value: unknown): string {
  const json = JSON.stringify(value) ?? "missing";
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
