/** Loading a model: where its checkpoints come from, and what runs it. */
import { InputError } from "../errors.js";
import { openCheckpoint } from "../weights/checkpoint.js";
import { loadBytes, type WeightsSource } from "../weights/load.js";
import { type BackendOptions, openBackend } from "./backend.js";
import { type Mode, Model } from "./model.js";
import { Network } from "./network.js";
import type { Platform } from "./platform.js";

/** One checkpoint, which says itself whether it is NR or FR; or one for each. */
export type ModelSource = WeightsSource | { nr?: WeightsSource; fr?: WeightsSource };

export interface LoadModelOptions extends BackendOptions {
  /** Called while a checkpoint is fetched. */
  onProgress?: (loaded: number, total: number | undefined) => void;
  signal?: AbortSignal;
}

/** The checkpoints that the package ships. */
export const shippedCheckpoints = {
  nr: new URL("../../weights/bpclip-s-nr.safetensors", import.meta.url),
  fr: new URL("../../weights/bpclip-s-fr.safetensors", import.meta.url),
};

/**
 * Loads a model on a platform. A single source is read at once; of a pair, each checkpoint is read when first used.
 * @throws AdapterError, WeightsError.
 */
export async function loadModelOn(
  platform: Platform,
  source: ModelSource = shippedCheckpoints,
  options: LoadModelOptions = {},
): Promise<Model> {
  const { onProgress, signal } = options;
  const read = async (from: WeightsSource) =>
    openCheckpoint(await loadBytes(from, { onProgress, signal, readFile: platform.readFile }));

  if (isPair(source)) {
    const backend = await openBackend(platform, options);
    return new Model(backend, platform, async (mode) => {
      const from = source[mode];
      if (!from) throw wrongMode(mode);
      const checkpoint = await read(from);
      if (checkpoint.config.mode !== mode) throw wrongMode(mode);
      return new Network(checkpoint, backend.executor(checkpoint.get.bind(checkpoint)));
    });
  }

  const checkpoint = await read(source);
  const backend = await openBackend(platform, options);
  const model = new Model(backend, platform, async (mode) => {
    if (checkpoint.config.mode !== mode) throw wrongMode(mode);
    return new Network(checkpoint, backend.executor(checkpoint.get.bind(checkpoint)));
  });
  try {
    await model.load(checkpoint.config.mode);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

function isPair(source: ModelSource): source is { nr?: WeightsSource; fr?: WeightsSource } {
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
