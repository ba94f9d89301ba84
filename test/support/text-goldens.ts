/** Goldens of the text tower: seeded weights and tokens; see tools/train/goldens.py. */
import { readdirSync, readFileSync } from "node:fs";
import { parseTextTowerConfig, type TextTowerConfig } from "../../src/model/text-tower.js";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.js";

export interface TextGolden {
  config: TextTowerConfig;
  seed: number;
  /** Tokens of each prompt, start and end included. */
  prompts: Uint32Array[];
  /** N×E. */
  features: Float32Array;
}

// Vite would drop the last slash.
const folder = new URL("../goldens/", /* @vite-ignore */ import.meta.url);

export const textGoldenCases = readdirSync(folder)
  .filter((file) => /^text-.*\.safetensors$/.test(file))
  .map((file) => file.replace(".safetensors", ""));

export function readTextGolden(name: string): TextGolden {
  const { metadata, tensors } = readSafetensors(
    new Uint8Array(readFileSync(new URL(`${name}.safetensors`, folder))),
  );
  const config = parseTextTowerConfig(metadata.clip_text);
  const lengths: number[] = JSON.parse(metadata.lengths);
  const { data } = tensors.get("tokens")!;
  const tokens = new Uint32Array(data.slice().buffer);
  const prompts = lengths.map((length, i) => tokens.slice(i * config.context, i * config.context + length));
  return { config, seed: +metadata.seed, prompts, features: toFloat32(tensors.get("features")!) };
}
