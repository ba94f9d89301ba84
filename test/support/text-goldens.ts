/** Goldens of the text tower: seeded weights and tokens; see tools/train/goldens.py. */
import { readdirSync, readFileSync } from "node:fs";
import type { Executor } from "../../src/graph/executor.js";
import { GraphBuilder } from "../../src/graph/graph.js";
import { parseTextTowerConfig, type TextTowerConfig, textTower } from "../../src/model/text-tower.js";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.js";

export interface TextGolden {
  config: TextTowerConfig;
  seed: number;
  /** Tokens of each prompt, start and end included. */
  prompts: Uint32Array[];
  /** N×E. */
  features: Float32Array;
}

const folder = new URL("../goldens/", import.meta.url);

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

/** The features of a golden's prompts by an executor made with `seededWeights(golden.seed)`. */
export async function towerFeatures(
  { config, prompts }: TextGolden,
  executor: Executor,
): Promise<Float32Array> {
  const longest = Math.max(...prompts.map(({ length }) => length));
  const g = new GraphBuilder();
  const ids = g.input("ids", [prompts.length, longest], "u32");
  const places = g.input("places", [longest], "u32");
  const ends = g.input("ends", [prompts.length], "u32");
  const features = textTower(g, config, ids, places, ends);
  const program = await executor.prepare(g.build([features]));
  // What stands behind a prompt's end must not matter.
  const padded = new Uint32Array(prompts.length * longest).fill(1);
  for (const [i, prompt] of prompts.entries()) padded.set(prompt, i * longest);
  const outputs = await program.run({
    ids: padded,
    places: Uint32Array.from({ length: longest }, (_, i) => i),
    ends: Uint32Array.from(prompts, ({ length }, i) => i * longest + length - 1),
  });
  program.dispose();
  return outputs[features.name];
}
