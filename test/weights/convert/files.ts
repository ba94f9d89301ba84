/** The converter's test files, by tools/train/library_files.py: small ones that are committed, or any folder of them. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Executor } from "../../../src/graph/executor.js";
import { GraphBuilder } from "../../../src/graph/graph.js";
import { decodeImage } from "../../../src/image/decode.js";
import type { BackboneConfig } from "../../../src/model/config.js";
import { resnet } from "../../../src/model/resnet.js";
import { loadModel } from "../../../src/node/index.js";
import { CpuExecutor } from "../../../src/reference/executor.js";
import { embedTexts } from "../../../src/text/embed.js";
import type { ModelFiles } from "../../../src/weights/convert/model-files.js";
import { NamedTensors } from "../../../src/weights/named-tensors.js";
import { readSafetensors, toFloat32 } from "../../../src/weights/safetensors.js";
import { openTextCheckpoint } from "../../../src/weights/text-checkpoint.js";
import { seededPicture } from "../../support/seeded.js";

export const small = fileURLToPath(new URL("files/", import.meta.url));

/** A file, which may be kept as .gz, or a folder. */
export function modelFiles(path: string): ModelFiles {
  if (existsSync(path) && statSync(path).isDirectory()) {
    return { names: readdirSync(path), read: async (name) => new Uint8Array(readFileSync(join(path, name))) };
  }
  return bytesAsFile(readBytes(path));
}

export function readBytes(path: string): Uint8Array {
  return new Uint8Array(existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`)));
}

export function bytesAsFile(bytes: Uint8Array): ModelFiles {
  return { names: ["weights"], read: async () => bytes };
}

export type MakeExecutor = (read: (key: string, shape: readonly number[]) => Float32Array) => Executor;
export const onCpu: MakeExecutor = (read) => new CpuExecutor(read);

/** Largest difference of a converted tower's features from those that the library computed. */
export async function towerError(tower: Uint8Array, features: string, make = onCpu): Promise<number> {
  const { metadata, tensors } = readSafetensors(readBytes(features));
  const checkpoint = openTextCheckpoint(tower);
  const executor = make(checkpoint.get.bind(checkpoint));
  const found = await embedTexts(checkpoint, executor, JSON.parse(metadata.texts));
  executor.dispose();
  return largestDifference(found, toFloat32(tensors.get("features")!));
}

/**
 * Largest difference of a converted backbone's five maps of the seeded picture from the library's, of each as a fraction
 * of the map's largest value. The library's may be every n-th value.
 */
export async function backboneError(file: Uint8Array, maps: string, make = onCpu): Promise<number> {
  const { metadata, tensors } = readSafetensors(file);
  const config: BackboneConfig = JSON.parse(metadata.resnet);
  const side = 96;
  const g = new GraphBuilder();
  const picture = g.input("picture", [1, side, side, 3]);
  const graph = g.build(resnet(g, picture, config, "level"));
  const named = new NamedTensors("backbone", tensors);
  const executor = make(named.get.bind(named));
  const program = await executor.prepare(graph);
  const outputs = await program.run({
    picture: Float32Array.from(seededPicture(side, side, 1), (value) => value / 255),
  });
  program.dispose();
  executor.dispose();
  let worst = 0;
  for (const [name, tensor] of readSafetensors(readBytes(maps)).tensors) {
    const expected = toFloat32(tensor);
    const step = Math.max(1, Math.floor(outputs[name].length / expected.length));
    const samples = outputs[name].filter((_, i) => i % step === 0);
    const peak = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    worst = Math.max(worst, largestDifference(samples, expected) / peak);
  }
  return worst;
}

/** The score of a photograph, in FR beside its posterised self, by a checkpoint on the CPU. */
export async function stateScore(checkpoint: Uint8Array, mode: "nr" | "fr"): Promise<number> {
  const photo = readFileSync(new URL("../../photos/chelsea.png", import.meta.url));
  const { width, height, data } = await decodeImage(photo);
  const model = await loadModel(checkpoint, { adapter: "cpu" });
  try {
    const picture = { width, height, data: data as Uint8Array };
    if (mode === "nr") return (await model.score(picture)).score;
    const posterised = picture.data.map((value, i) => (i % 4 === 3 ? value : (value & 0xe0) | 0x10));
    return (await model.compare(picture, { ...picture, data: posterised })).score;
  } finally {
    model.dispose();
  }
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst;
}
