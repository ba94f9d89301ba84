/** An evaluation set: photographs, and every distortion of each at five strengths, as tools/train/test_set.py writes it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pairs } from "../../src/text/vocabulary.js";

export interface Picture {
  photograph: string;
  /** A PNG, by its path in the set's folder. */
  file: string;
  /** null for the pristine photograph. */
  distortion: string | null;
  /** 0 for the pristine, up to 1. */
  strength: number;
  /** Pseudo-MOS, 0..1, higher is better; 1 for the pristine. */
  target: number;
  /** What each antonym pair should read, 0..1, 1 at the positive word; in the vocabulary's order. */
  readings: number[];
  /** Against the pristine; in dB, at most 100. */
  psnr: number;
  ssim: number;
  msSsim: number;
  /** Lower is better; null where they cannot be computed. */
  brisque?: number | null;
  niqe?: number | null;
}

export interface EvaluationSet {
  folder: string;
  /** Of set.json, in hex. */
  sha256: string;
  split: string;
  /** Whether its pictures may be shown in a published report. */
  publishable: boolean;
  /** Longer side of every picture, in pixels. */
  longSide: number;
  /** Ascending. */
  strengths: number[];
  /** Distortions by family. */
  families: Record<string, string[]>;
  pictures: Picture[];
}

/** @param limit The number of photographs to take, the first ones. */
export function readSet(folder: string, limit = Number.POSITIVE_INFINITY): EvaluationSet {
  const text = readFileSync(join(folder, "set.json"), "utf8");
  // Python writes NaN as it is, which JSON does not know.
  const { pairs: words, ...set } = JSON.parse(text.replace(/: NaN\b/g, ": null"));
  const positives = pairs.map(({ positive }) => positive);
  if (String(words) !== String(positives)) {
    throw new Error(`The set's pairs are ${words}, and the vocabulary's ${positives}: write the set anew.`);
  }
  const all: Picture[] = set.pictures;
  const taken = new Set([...new Set(all.map(({ photograph }) => photograph))].slice(0, limit));
  return {
    ...set,
    folder,
    sha256: createHash("sha256").update(text).digest("hex"),
    pictures: all.filter(({ photograph }) => taken.has(photograph)),
  };
}
