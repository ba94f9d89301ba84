/** A checkpoint file of seeded weights for any config. */
import type { ModelConfig } from "../../src/model/config.js";
import { modelTensors } from "../../src/model/tensors.js";
import { writeSafetensors } from "../../src/weights/safetensors.js";
import { seededTensor } from "./seeded.js";

export function seededCheckpoint(config: ModelConfig, seed = 1): Uint8Array {
  const tensors = modelTensors(config).map(({ key, shape }) => {
    return [key, { shape, data: seededTensor(key, shape, seed) }] as const;
  });
  return writeSafetensors(new Map(tensors), { bpclip: JSON.stringify(config) });
}
