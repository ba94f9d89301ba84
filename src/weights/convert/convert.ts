/**
 * Weights of other programs, and of this project's training, to the files that this project reads: a text tower, a
 * backbone or a BPCLIP checkpoint. Works on bytes, in any runtime.
 */
import { InputError, WeightsError } from "../../errors.js";
import { quote } from "../../json.js";
import { staysFloat32 } from "../../model/tensors.js";
import type { TextTowerConfig } from "../../model/text-tower.js";
import { type TensorView, type WritableTensor, writeSafetensors } from "../safetensors.js";
import { openTextCheckpoint } from "../text-checkpoint.js";
import { convertBackbone } from "./backbone.js";
import { type Detected, detect, type Kind, kinds, requireKind } from "./detect.js";
import type { Gathered } from "./gather.js";
import { modelOfCheckpoint, modelOfState, stateTexts } from "./model.js";
import { type ModelFiles, openSource, type Source } from "./model-files.js";
import { convertTower } from "./text-tower.js";
import { towerTraits } from "./tower-traits.js";
import { tokenizerTexts } from "./tower-vocabulary.js";

export interface ConvertOptions {
  /** How tensors are stored; f32 by default. In f16 files batch norms and a backbone's stem stay f32. */
  dtype?: "f32" | "f16";
  /** Which network of a training state. */
  part?: "nr" | "fr" | "text";
  /** A vocabulary's file, for a text tower: OpenAI's, merges.txt or tokenizer.json. */
  vocabulary?: Uint8Array;
  /** A text tower's, where its files do not tell or are wrong. */
  activation?: TextTowerConfig["activation"];
  heads?: number;
}

export interface Conversion {
  kind: Kind;
  made: "text tower" | "backbone" | "BPCLIP checkpoint";
  /** The file, safetensors. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many there are in it. */
  tensors: number;
  /** The source's other tensors, counted by what they are of. */
  unused: Map<string, number>;
  /** What to know about the file, a sentence each. */
  notes: string[];
}

export interface Listing {
  /** Undefined where it is none that is read. */
  kind?: Kind;
  files: string[];
  tensors: TensorView[];
}

/** A network that has been taken out of its source, with the metadata of its file. */
interface Taken extends Gathered {
  made: Conversion["made"];
  metadata: Record<string, string>;
  notes?: string[];
}

/**
 * Converts the weights among the files.
 * @throws WeightsError with what is wrong with the files; WEIGHTS_RANGE (a value is beyond f16); InputError INPUT_PART (not
 * a part that it has), INPUT_TOWER (an option of text towers for something else, or something must be told of the tower).
 */
export async function convert(files: ModelFiles, options: ConvertOptions = {}): Promise<Conversion> {
  return convertSource(files, await openSource(files), options);
}

/**
 * The same, of files whose weights are open already.
 * @throws As `convert`.
 */
export async function convertSource(
  files: ModelFiles,
  source: Source,
  options: ConvertOptions,
): Promise<Conversion> {
  const detected = requireKind(source);
  const part = partOf(detected.kind, options.part);
  if (part !== "text") refuseTowerOptions(detected.kind, options);
  const taken = await take(files, source, detected, part, options);
  return {
    kind: detected.kind,
    made: taken.made,
    bytes: store(taken, options.dtype ?? "f32"),
    tensors: taken.tensors.size,
    unused: taken.unused,
    notes: taken.notes ?? [],
  };
}

/**
 * What the weights among the files are, and their tensors.
 * @throws WeightsError with what is wrong with the files.
 */
export async function list(files: ModelFiles): Promise<Listing> {
  const source = await openSource(files);
  return { kind: detect(source)?.kind, files: source.files, tensors: [...source.tensors.values()] };
}

type Part = "nr" | "fr" | "text" | "backbone" | "model";

/** What will be made. */
function partOf(kind: Kind, part: ConvertOptions["part"]): Part {
  const only = kind === "checkpoint" ? "model" : kind === "resnet" ? "backbone" : "text";
  if (kind === "training" && part === undefined) {
    throw new InputError(
      "INPUT_PART",
      "A training state holds two models and a text tower.",
      "Say which is wanted: nr, fr or text (--part).",
    );
  }
  if (kind !== "training" && part !== undefined && part !== only) {
    throw new InputError(
      "INPUT_PART",
      `The source is ${kinds[kind]}, which has no part "${part}".`,
      "Leave the part out (--part); it is for training states.",
    );
  }
  return part ?? only;
}

function refuseTowerOptions(kind: Kind, options: ConvertOptions): void {
  const given = (["vocabulary", "activation", "heads"] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new InputError(
    "INPUT_TOWER",
    `The source is ${kinds[kind]}, and ${given} is of text towers.`,
    `Leave it out (--${given}).`,
  );
}

async function take(
  files: ModelFiles,
  source: Source,
  detected: Detected,
  part: Part,
  options: ConvertOptions,
): Promise<Taken> {
  if (part === "backbone") {
    const { config, ...gathered } = convertBackbone(source, detected.prefix);
    return { ...gathered, made: "backbone", metadata: { resnet: JSON.stringify(config) } };
  }
  if (part === "text") return takeTower(files, source, detected, options);
  if (part === "model") {
    const { config, ...gathered } = modelOfCheckpoint(source);
    return { ...gathered, made: "BPCLIP checkpoint", metadata: { bpclip: JSON.stringify(config) } };
  }
  const tower = store(await takeTower(files, source, detected, {}), "f32");
  const { config, ...gathered } = await modelOfState(source, part, openTextCheckpoint(tower));
  return { ...gathered, made: "BPCLIP checkpoint", metadata: { bpclip: JSON.stringify(config) } };
}

async function takeTower(
  files: ModelFiles,
  source: Source,
  detected: Detected,
  options: ConvertOptions,
): Promise<Taken> {
  let place = detected;
  if (detected.kind === "training") {
    stateTexts(source, "nr");
    place = { kind: "tower", prefix: "average.tower." };
  }
  const traits = await towerTraits(files, source, place.kind, options);
  const { config, ...gathered } = convertTower(source, place, traits);
  const tokenizer = await tokenizerTexts(files, source, place.kind, config.vocabulary, options.vocabulary);
  const withoutMerges =
    "It has no vocabulary: give --vocabulary here, or to the commands that embed texts with it.";
  return {
    ...gathered,
    made: "text tower",
    metadata: { clip_text: JSON.stringify(config), ...tokenizer },
    notes: tokenizer.merges === undefined ? [withoutMerges] : [],
  };
}

/**
 * The file of a network's tensors; in f16, those that must be are f32 all the same.
 * @throws WeightsError WEIGHTS_RANGE (a value is beyond f16).
 */
export function store(
  { tensors, metadata }: Pick<Taken, "tensors" | "metadata">,
  dtype: "f32" | "f16",
): Uint8Array<ArrayBuffer> {
  const stored = [...tensors].map(([key, { shape, data }]): [string, WritableTensor] => {
    if (dtype === "f32" || staysFloat32({ key, shape })) return [key, { shape, data }];
    requireFloat16(key, data);
    return [key, { shape, data, dtype: "F16" }];
  });
  return writeSafetensors(new Map(stored), metadata);
}

/** From here on the nearest half is infinity. */
const beyondFloat16 = 65520;

function requireFloat16(key: string, data: Float32Array): void {
  const found = data.find((value) => Math.abs(value) >= beyondFloat16);
  if (found === undefined) return;
  throw new WeightsError(
    "WEIGHTS_RANGE",
    `Tensor ${quote(key, 120)} holds ${found}, and f16 ends at 65504.`,
    "Store it as f32 (--dtype f32).",
  );
}
