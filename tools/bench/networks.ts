/** The networks whose convolutions are measured: the shipped one and the paper's. */
import { readFileSync } from "node:fs";
import { type ModelConfig, parseConfig } from "../../src/model/config.js";
import { readSafetensors } from "../../src/weights/safetensors.js";

/** Configs by name, no-reference and full-reference. */
export function networks(): Record<"bpclip-s" | "paper", ModelConfig[]> {
  const shipped = (["nr", "fr"] as const).map((mode) => {
    const file = new URL(`../../weights/bpclip-s-${mode}.safetensors`, import.meta.url);
    return parseConfig(readSafetensors(new Uint8Array(readFileSync(file))).metadata.bpclip);
  });
  const backbone: ModelConfig["backbone"] = { stem: 64, width: 64, blocks: [3, 4, 6, 3] };
  const sizes = { backbone, width: 512, jointWidth: 1024, gateWidth: 64 };
  return { "bpclip-s": shipped, paper: shipped.map((config) => ({ ...config, ...sizes })) };
}
