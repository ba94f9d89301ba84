/** What both entries export beside `loadModel`. */
export * from "../errors.js";
export { type ColourMap, colourTable } from "../explain/colour-map.js";
export type { LevelAdjective, LevelExplanation, PlaceMap, Reasons } from "../explain/explanation.js";
export { type PaintedMap, type PaintOptions, paintMap } from "../explain/paint.js";
export type { Precision } from "../graph/half.js";
export type { RawImage } from "../image/pixels.js";
export { krcc, plcc, rmse, srcc } from "../metrics/correlation.js";
export type { AdjectivePair, BackboneConfig, ModelConfig } from "../model/config.js";
export type { Work } from "../profile/flops.js";
export type { Profile, ProfiledGroup, ProfiledStep, ProfileSubject, Rates } from "../profile/profile.js";
export type { Clock, Peaks } from "../profile/timings.js";
export type { AdapterMode } from "../runtime/device.js";
export type { NearestAdjective, TextReading } from "../text/reading.js";
export type { AdjectiveReading } from "../text/vocabulary.js";
export type { TuningTable } from "../tuning/table.js";
export type { TunedConvolution, TunerOptions, TuningProgress } from "../tuning/tune.js";
export type { TuneOptions, Tuning } from "../tuning/tune-model.js";
export type { WeightsSource } from "../weights/load.js";
export type { BackendOptions } from "./backend.js";
export type { ImageInput } from "./image-input.js";
export type { CheckpointSet, LoadModelOptions, ModelSource } from "./load.js";
export type {
  BesideOptions,
  CompareOptions,
  Mode,
  Model,
  NativeOptions,
  ProfileOptions,
  Reference,
  WarmupOptions,
} from "./model.js";
export type { Description, Explanation, Score } from "./result.js";
