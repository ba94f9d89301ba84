/** What scoring and describing give back. */
import type { Reasons } from "../explain/explanation.js";
import type { TextReading } from "../text/reading.js";
import type { AdjectiveReading } from "../text/vocabulary.js";

/** What is said of a picture, and what it was computed by. */
export interface Score {
  /** Quality, higher is better; trained to lie in 0..1, and not clamped to it. */
  score: number;
  /** The six dimensions by name, each in 0..1, 1 at its good pole (for brightness: bright and balanced). */
  dimensions: Record<string, number>;
  /** How far each of the 40 adjectives applies, 0..1, and its similarities at the four levels. */
  adjectives: AdjectiveReading[];
  /** Width of the picture as it came, upright, in pixels. */
  width: number;
  /** Height of the picture as it came, upright, in pixels. */
  height: number;
  /** No-reference or full-reference. */
  mode: "nr" | "fr";
  /** The checkpoint's name, such as `bpclip-s-nr`. */
  model: string;
  /** The first 12 hex digits of the checkpoint file's SHA-256. */
  checkpoint: string;
  /** How the picture was brought to the model's scale. */
  policy: string;
  /** What ran the network. */
  executor: "webgpu" | "cpu";
  /** The name of the adapter that it ran on. */
  adapter: string;
  /** Wall time from decoded pixels to the result, in milliseconds. */
  ms: number;
  /** What a caller should know of the picture, such as a colour profile that was not applied. */
  warnings: string[];
}

/** A score, and how well texts of the caller's own fit. */
export interface Description extends Score {
  /** In the order in which they were given. */
  texts: TextReading[];
}

/** A score, and why. */
export interface Explanation extends Score, Reasons {}
