/** bpclip in Node: `loadModel` as in a browser, with paths, PNG and JPEG files, and WebGPU through Dawn. */
import { type LoadModelOptions, loadModelOn, type ModelSource } from "../api/load.js";
import type { Model } from "../api/model.js";
import { nodePlatform } from "./platform.js";

/**
 * Loads a model: the shipped checkpoints by default, or one checkpoint (a path, a URL, bytes, a Blob, a
 * Response), or `{ nr, fr, text }`. One checkpoint is read at once; of several, each when it is first used.
 * Dispose of the model when done, so that the process can exit.
 * @throws AdapterError where the adapter asked for cannot be had, WeightsError for a checkpoint that cannot
 * be read or is none, InputError (INPUT_SOURCE for a source that is none of these,
 * INPUT_TUNING for a tuning table that is none).
 */
export function loadModel(source?: ModelSource, options?: LoadModelOptions): Promise<Model> {
  return loadModelOn(nodePlatform, source, options);
}

export * from "../api/public.js";
