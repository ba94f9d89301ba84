/** Full-size files of the libraries, which BPCLIP_LIBRARY_FILES names a folder of (tools/train/library_files.py --full). */
import { join } from "node:path";
import { expect } from "vitest";
import { type ConvertOptions, convert } from "../../../src/weights/convert/convert.js";
import { backboneError, type MakeExecutor, modelFiles, readBytes, towerError } from "./files.js";

export const folder: string | undefined = process.env.BPCLIP_LIBRARY_FILES;
export const at = (name: string) => join(folder ?? "", name);

const vocabulary = () => readBytes(at("bpe_simple_vocab_16e6.txt.gz"));
const gelu = (): ConvertOptions => ({ activation: "gelu", vocabulary: vocabulary() });

/** File or folder, the features that the library computed, and what must be said beside it. */
export const towers: [string, string, () => ConvertOptions][] = [
  ["openai-rn50.pt", "openai-rn50", () => ({ vocabulary: vocabulary() })],
  ["open-clip-rn50.safetensors", "open-clip-rn50", gelu],
  ["open-clip-rn50.bin", "open-clip-rn50", gelu],
  ["hf-model", "hf-model", () => ({})],
  ["hf-text", "hf-text", () => ({})],
];

export const backbones = ["torchvision-resnet50.pth", "timm-resnet50.safetensors", "timm-resnet50.pth"];

/** @param bounds Of the features' error, by how the tower is stored. */
export async function checkTower(
  [name, features, options]: (typeof towers)[number],
  make: MakeExecutor,
  bounds: { f32?: number; f16?: number },
): Promise<void> {
  for (const [dtype, bound] of Object.entries(bounds)) {
    const { bytes } = await convert(modelFiles(at(name)), { ...options(), dtype: dtype as "f32" | "f16" });
    const error = await towerError(bytes, at(`${features}.features.safetensors`), make);
    console.log(`${name} as ${dtype}: features differ by ${error.toExponential(1)}`);
    expect(error, `${name} as ${dtype}`).toBeLessThan(bound);
  }
}

export async function checkBackbone(name: string, make: MakeExecutor, bound: number): Promise<void> {
  const { bytes } = await convert(modelFiles(at(name)));
  const error = await backboneError(bytes, at(`${name.replace(/\.\w+$/, "")}.maps.safetensors`), make);
  console.log(`${name}: maps differ by ${error.toExponential(1)} of their largest values`);
  expect(error, name).toBeLessThan(bound);
}
