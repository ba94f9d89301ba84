/** Loading a model: where its checkpoints come from, and what runs it. */
import { InputError } from "../errors.js";
import { type ArrivingCheckpoint, openArriving } from "../weights/arriving.js";
import type { WeightsSource } from "../weights/load.js";
import { type OpenOptions, openWeights } from "../weights/open.js";
import { type Backend, type BackendOptions, openBackend } from "./backend.js";
import { type Mode, Model } from "./model.js";
import { Network } from "./network.js";
import type { Platform } from "./platform.js";

/** One checkpoint, which says itself whether it is NR or FR; or one for each, and the text tower of both. */
export type ModelSource = WeightsSource | CheckpointSet;

/**
 * A checkpoint for each task; each is read at its first use, which compiles while the file arrives, and what needs one
 * that is not given is refused.
 */
export interface CheckpointSet {
  /** No-reference, for `score`. */
  nr?: WeightsSource;
  /** Full-reference, for `compare`. */
  fr?: WeightsSource;
  /** The text tower of both, for `describe`. */
  text?: WeightsSource;
}

/** What runs a model, and how its checkpoints are loaded. */
export interface LoadModelOptions extends BackendOptions {
  /** The checkpoint's text tower, for `describe`; read at its first use. Goes before the source's own. */
  text?: WeightsSource;
  /**
   * Keeps checkpoints that are fetched over http in the Cache API, under this name or, for `true`, "bpclip", and takes
   * them from there from then on without asking the server. Without effect where there is no Cache API, such as in Node.
   */
  cache?: boolean | string;
  /** Called while a checkpoint is fetched, with the bytes so far and, where the server has said it, of all. */
  onProgress?: (loaded: number, total: number | undefined) => void;
  /** Ends the loading of checkpoints; the promise that waits for one then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The checkpoints that the package ships, and their text tower. */
export const shippedCheckpoints = {
  nr: new URL("../../weights/bpclip-s-nr.safetensors", import.meta.url),
  fr: new URL("../../weights/bpclip-s-fr.safetensors", import.meta.url),
  text: new URL("../../weights/bpclip-s-text.safetensors", import.meta.url),
};

/**
 * Loads a model on a platform. A single source is read at once, while the device is asked for; of a set, each file is
 * read when first used.
 * @throws AdapterError, WeightsError.
 */
export async function loadModelOn(
  platform: Platform,
  source: ModelSource = shippedCheckpoints,
  options: LoadModelOptions = {},
): Promise<Model> {
  const { onProgress, signal, cache, onNotice = console.warn } = options;
  const loading: OpenOptions = { onProgress, signal, cache, onNotice, readFile: platform.readFile };
  const read = (from: WeightsSource) => openArriving(from, loading);
  const text = options.text ?? (isSet(source) ? source.text : undefined);
  const embedderOn = (backend: Backend) => async () => {
    if (!text) throw noTextTower();
    // Few pages describe, and a bundler can leave it to them.
    const [{ openTextCheckpoint }, { TextEmbedder }] = await Promise.all([
      import("../weights/text-checkpoint.js"),
      import("../text/embedder.js"),
    ]);
    const tower = await openWeights(text, openTextCheckpoint, loading);
    return new TextEmbedder(tower, backend.executor(tower.get.bind(tower)));
  };

  if (isSet(source)) {
    const backend = await openBackend(platform, options);
    const open = async (mode: Mode) => {
      const from = source[mode];
      if (!from) throw wrongMode(mode);
      const checkpoint = await read(from);
      if (checkpoint.config.mode !== mode) throw wrongMode(mode);
      return networkOn(backend, checkpoint);
    };
    return new Model(backend, platform, open, embedderOn(backend));
  }

  const [checkpoint, backend] = await both(read(source), openBackend(platform, options));
  const open = async (mode: Mode) => {
    if (checkpoint.config.mode !== mode) throw wrongMode(mode);
    return networkOn(backend, checkpoint);
  };
  const model = new Model(backend, platform, open, embedderOn(backend));
  try {
    await model.load(checkpoint.config.mode);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

function networkOn(backend: Backend, { config, whole }: ArrivingCheckpoint): Network {
  const reading = whole.then((checkpoint) => checkpoint.get.bind(checkpoint));
  // Whoever waits for it is told.
  reading.catch(() => {});
  return new Network(config, whole, backend.executor(reading));
}

/** Waits for both; where the checkpoint fails, the backend is given back. */
async function both<T>(reading: Promise<T>, opening: Promise<Backend>): Promise<[T, Backend]> {
  try {
    return await Promise.all([reading, opening]);
  } catch (error) {
    opening.then(
      (backend) => backend.dispose(),
      () => {},
    );
    throw error;
  }
}

function isSet(source: ModelSource): source is CheckpointSet {
  return typeof source === "object" && Object.getPrototypeOf(source) === Object.prototype;
}

function wrongMode(mode: Mode): InputError {
  const [task, kind] = mode === "nr" ? ["score", "no-reference"] : ["compare", "full-reference"];
  return new InputError(
    "INPUT_MODE",
    `This model has no ${kind} checkpoint, so it cannot ${task}.`,
    `Load a ${kind} checkpoint, or none at all for the shipped pair.`,
  );
}

function noTextTower(): InputError {
  return new InputError(
    "INPUT_TEXT_TOWER",
    "This model has no text tower, so it cannot describe.",
    "Give the one that its checkpoint was trained with (--text, loadModel(source, { text })).",
  );
}
