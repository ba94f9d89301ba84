/** The files of one model, and the tensors in them, whichever library wrote them. */
import { WeightsError } from "../../errors.js";
import { isObject, quote } from "../../json.js";
import { readSafetensors, type TensorView } from "../safetensors.js";
import { openTorchFile } from "../torch/torch-file.js";

/** One file, or a folder's files; only those that are wanted are read. */
export interface ModelFiles {
  names: readonly string[];
  read(name: string): Promise<Uint8Array>;
}

/** The tensors of a model's weights. */
export interface Source {
  /** The files that they are from: one, or shards. */
  files: string[];
  tensors: Map<string, TensorView>;
  /** What is beside them: the metadata of safetensors, or the texts in PyTorch's dicts, by dotted name. */
  texts: ReadonlyMap<string, string>;
}

/** Weights by their names in a folder, those that are taken first; an index tells which shards there are. */
const usualNames = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "open_clip_model.safetensors",
  "open_clip_pytorch_model.bin",
];

/**
 * Reads the weights among the files.
 * @throws WeightsError WEIGHTS_FOLDER (no weights among them, or several and it is not told which), WEIGHTS_SHARD (one
 * is missing, or the index is none), WEIGHTS_DUPLICATE (a tensor in two shards), all of `readSafetensors` and
 * `openTorchFile`.
 */
export async function openSource(files: ModelFiles): Promise<Source> {
  const names = await weightNames(files);
  const tensors = new Map<string, TensorView>();
  let texts: ReadonlyMap<string, string> = new Map();
  for (const name of names) {
    const opened = await openWeights(await files.read(name));
    texts = opened.texts;
    for (const [key, tensor] of opened.tensors) {
      if (tensors.has(key)) {
        throw new WeightsError(
          "WEIGHTS_DUPLICATE",
          `Two shards have a tensor ${quote(key, 120)}, ${quote(name)} the second.`,
          "Download all files of the model again, from one source.",
        );
      }
      tensors.set(key, tensor);
    }
  }
  return { files: names, tensors, texts };
}

/**
 * A JSON file among the files; undefined where there is none of that name.
 * @throws WeightsError WEIGHTS_JSON (it is not a JSON object).
 */
export async function readJson(
  files: ModelFiles,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  if (!files.names.includes(name)) return undefined;
  const bytes = await files.read(name);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    json = undefined;
  }
  if (isObject(json)) return json;
  throw new WeightsError(
    "WEIGHTS_JSON",
    `${name} is not a JSON object.`,
    "Download or export it again: it is damaged, or not whole.",
  );
}

async function weightNames(files: ModelFiles): Promise<string[]> {
  const { names } = files;
  const usual = usualNames.find((name) => names.includes(name));
  const candidates = names.filter((name) => /\.(safetensors|pt|pth|bin)$/i.test(name));
  const chosen = names.length === 1 ? names[0] : (usual ?? candidates[0]);
  if (chosen === undefined || (usual === undefined && candidates.length > 1)) {
    const found = candidates.length > 1 ? `${candidates.length} files of weights` : "no file of weights";
    throw new WeightsError(
      "WEIGHTS_FOLDER",
      `The folder has ${found}, and none named ${usualNames.join(", ")}.`,
      "Give the file itself.",
    );
  }
  return chosen.endsWith(".index.json") ? shardNames(files, chosen) : [chosen];
}

async function shardNames(files: ModelFiles, index: string): Promise<string[]> {
  const mend = "Download the model's folder with all of its shards.";
  const json = await readJson(files, index);
  const shards = isObject(json?.weight_map) ? [...new Set(Object.values(json.weight_map))] : [];
  if (shards.length === 0) throw new WeightsError("WEIGHTS_SHARD", `${index} names no shards.`, mend);
  return shards.map((name) => {
    if (typeof name === "string" && files.names.includes(name)) return name;
    throw new WeightsError("WEIGHTS_SHARD", `The shard ${quote(name)} of ${index} is missing.`, mend);
  });
}

async function openWeights(bytes: Uint8Array): Promise<Omit<Source, "files">> {
  // Safetensors have a header of JSON behind its length; whatever else it is, PyTorch's reader tells.
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03;
  if (isZip || bytes[8] !== 0x7b) return openTorchFile(bytes);
  const { metadata, tensors } = readSafetensors(bytes);
  return { tensors, texts: new Map(Object.entries(metadata)) };
}
