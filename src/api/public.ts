/** What both entries export beside `loadModel`. */
export * from "../errors.js";
export type { RawImage } from "../image/pixels.js";
export { krcc, plcc, rmse, srcc } from "../metrics/correlation.js";
export type { AdjectivePair, BackboneConfig, ModelConfig } from "../model/config.js";
export type { AdapterMode } from "../runtime/device.js";
export type { NearestAdjective, TextReading } from "../text/reading.js";
export type { AdjectiveReading } from "../text/vocabulary.js";
export type { WeightsSource } from "../weights/load.js";
export type { BackendOptions } from "./backend.js";
export type { ImageInput } from "./image-input.js";
export type { LoadModelOptions, ModelSource } from "./load.js";
export type { CompareOptions, DescribeOptions, Mode, Model, Reference } from "./model.js";
export type { Description, Score } from "./result.js";
