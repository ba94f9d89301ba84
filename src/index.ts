/** bpclip in a browser or any other runtime with `navigator.gpu`. Node has its own entry, with the same names. */
import { type LoadModelOptions, loadModelOn, type ModelSource } from "./api/load.js";
import type { Model } from "./api/model.js";
import { webPlatform } from "./api/web-platform.js";

/**
 * Loads a model: the shipped checkpoints by default, or one checkpoint (a URL, bytes, a Blob, a Response, in
 * Node also a path), or `{ nr, fr, text }`. One checkpoint is read at once; of several, each when it is first
 * used. Dispose of the model when done.
 * @throws AdapterError where the adapter asked for cannot be had, WeightsError for a checkpoint that cannot
 * be read or is none, InputError (INPUT_SOURCE for a source that is none of these,
 * INPUT_TUNING for a tuning table that is none).
 */
export function loadModel(source?: ModelSource, options?: LoadModelOptions): Promise<Model> {
  return loadModelOn(webPlatform, source, options);
}

export * from "./api/public.js";
