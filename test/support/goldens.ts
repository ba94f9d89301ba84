/** Whole-model goldens: what PyTorch computed in float64 from seeded weights and pictures; see tools/train/goldens.py. */
import { readdirSync, readFileSync } from "node:fs";
import type { Executor, RunInputs } from "../../src/graph/executor.js";
import { type Graph, GraphBuilder, type Value } from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/shape.js";
import { bpclip, features, head, levelCount } from "../../src/model/bpclip.js";
import { type ModelConfig, parseConfig } from "../../src/model/config.js";
import { picture } from "../../src/model/picture.js";
import { places } from "../../src/model/places.js";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.js";
import { seededDistorted, seededPicture, seededTensor } from "./seeded.js";

/** What two implementations of one stage differ by. */
export interface StageError {
  stage: string;
  /** Largest absolute difference over the golden's samples. */
  absolute: number;
  /** The same, as a fraction of the stage's largest value. */
  relative: number;
}

interface Golden {
  config: ModelConfig;
  seed: number;
  height: number;
  width: number;
  stages: Map<string, { samples: Float32Array; peak: number }>;
}

// Vite would drop the last slash.
const folder = new URL("../goldens/", /* @vite-ignore */ import.meta.url);

/** The names of all whole-model goldens. */
export const goldenCases = readdirSync(folder)
  .filter((file) => /^(paper|small)-.*\.safetensors$/.test(file))
  .map((file) => file.replace(".safetensors", ""));

/** Opens test/goldens/`name`.safetensors. */
export function readGolden(name: string): Golden {
  const file = readFileSync(new URL(`${name}.safetensors`, folder));
  const { metadata, tensors } = readSafetensors(new Uint8Array(file));
  const stages = new Map<string, { samples: Float32Array; peak: number }>();
  for (const [stage, tensor] of tensors) {
    const peak = tensors.get(`${stage}.peak`);
    if (peak) stages.set(stage, { samples: toFloat32(tensor), peak: toFloat32(peak)[0] });
  }
  const { seed, height, width } = metadata;
  return { config: parseConfig(metadata.bpclip), seed: +seed, height: +height, width: +width, stages };
}

/** Gives a golden's weights. */
export function seededWeights(seed: number): (key: string, shape: readonly number[]) => Float32Array {
  return (key, shape) => seededTensor(key, shape, seed);
}

/**
 * Runs the model of a golden on an executor and compares every stage.
 * @param executor Made with `seededWeights(golden.seed)`.
 */
export async function compareWithGolden(golden: Golden, executor: Executor): Promise<StageError[]> {
  const { graph, stages, inputs } = goldenGraph(golden);
  const program = await executor.prepare(graph);
  const outputs = await program.run(inputs);
  program.dispose();

  const softmaxScore = await scoreOfSoftmax(golden.config, outputs.similarities, executor);

  return [...golden.stages].map(([stage, { samples, peak }]) => {
    const actual = stage === "score.softmax" ? softmaxScore : outputs[stages.get(stage)!.name];
    return { stage, ...worstError(actual, samples, peak) };
  });
}

/** The same network with similarity "softmax" differs in its head alone, so that alone is run again. */
async function scoreOfSoftmax(
  config: ModelConfig,
  cosines: Float32Array,
  executor: Executor,
): Promise<Float32Array> {
  const g = new GraphBuilder();
  const similarities = g.input("similarities", [levelCount, config.words.length]);
  const score = head(g, { ...config, similarity: "softmax" }, similarities);
  const program = await executor.prepare(g.build([score]));
  const outputs = await program.run({ similarities: cosines });
  program.dispose();
  return outputs[score.name];
}

/** The golden's network on the golden's picture, with every stage as an output. */
function goldenGraph({ config, seed, height, width }: Golden): {
  graph: Graph;
  stages: Map<string, Value>;
  inputs: RunInputs;
} {
  const g = new GraphBuilder();
  const format = { height, width, depth: 8, orientation: 1 } as const;
  const stages = new Map<string, Value>();
  const addStages = (stage: string, values: Value[]) => {
    for (const [i, value] of values.entries()) stages.set(`${stage}.${i + 1}`, value);
  };
  const levelsOf = (name: string, stage: string) => {
    const levels = features(g, picture(g, format, [], config, name), config, stage);
    addStages(stage, levels);
    return levels;
  };
  const levels = levelsOf("image", "tap");
  const inputs: RunInputs = { image: rgba(seededPicture(height, width, seed)) };
  let reference: Value[] | undefined;
  if (config.mode === "fr") {
    reference = levelsOf("reference", "reference_tap");
    inputs.reference = inputs.image;
    inputs.image = rgba(seededDistorted(height, width, seed));
  }
  const values = bpclip(g, config, levels, reference);
  addStages("pooled", values.pooled);
  addStages("information", values.information);
  addStages("weight", values.weight);
  addStages("x", values.x);
  stages.set("similarities", values.similarities);
  stages.set("score", values.score);
  const { quality, similarities, information, weight } = places(g, config, values);
  stages.set("places.quality", quality);
  stages.set("places.similarities", similarities);
  addStages("places.information", information);
  addStages("places.weight", weight);
  return { graph: g.build([...stages.values()]), stages, inputs };
}

/** Samples are all values of a small tensor, or 512 spread evenly over a large one. */
function worstError(actual: Float32Array, samples: Float32Array, peak: number) {
  let absolute = 0;
  for (const [j, sample] of samples.entries()) {
    const at = samples.length < 512 ? j : Math.floor((j * actual.length) / 512);
    const error = Math.abs(actual[at] - sample);
    if (!(error <= absolute)) absolute = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return { absolute, relative: absolute / peak };
}

/** RGB bytes as opaque RGBA words. */
function rgba(rgb: Uint8Array): Uint32Array {
  return Uint32Array.from({ length: sizeOf([rgb.length / 3]) }, (_, i) => {
    return (rgb[3 * i] | (rgb[3 * i + 1] << 8) | (rgb[3 * i + 2] << 16) | (255 << 24)) >>> 0;
  });
}
