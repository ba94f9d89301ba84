/** bpclip in a browser or any other runtime with `navigator.gpu`. Node has its own entry, with the same names. */
import { type LoadModelOptions, loadModelOn, type ModelSource } from "./api/load.js";
import type { Model } from "./api/model.js";
import { webPlatform } from "./api/web-platform.js";

/**
 * Loads a model: the shipped checkpoints by default, or one checkpoint (URL, bytes, Blob, Response), or
 * `{ nr, fr, text }`. Dispose of it when done.
 * @throws AdapterError, WeightsError.
 */
export function loadModel(source?: ModelSource, options?: LoadModelOptions): Promise<Model> {
  return loadModelOn(webPlatform, source, options);
}

export * from "./api/public.js";
