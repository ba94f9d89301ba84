/** bpclip in Node: `loadModel` as in a browser, with paths, PNG and JPEG files, and WebGPU through Dawn. */
import { type LoadModelOptions, loadModelOn, type ModelSource } from "../api/load.js";
import type { Model } from "../api/model.js";
import { nodePlatform } from "./platform.js";

/**
 * Loads a model: the shipped checkpoints by default, or one checkpoint (path, URL, bytes), or
 * `{ nr, fr, text }`. Dispose of it when done, so that the process can exit.
 * @throws AdapterError, WeightsError.
 */
export function loadModel(source?: ModelSource, options?: LoadModelOptions): Promise<Model> {
  return loadModelOn(nodePlatform, source, options);
}

export * from "../api/public.js";
