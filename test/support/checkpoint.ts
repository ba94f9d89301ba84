/** A checkpoint file of seeded weights for any config. */
import { GraphBuilder } from "../../src/graph/graph.js";
import { checkpointTensors } from "../../src/graph/parameters.js";
import { bpclip, features } from "../../src/model/bpclip.js";
import type { ModelConfig } from "../../src/model/config.js";
import { picture } from "../../src/model/picture.js";
import { writeSafetensors } from "../../src/weights/safetensors.js";
import { seededTensor } from "./seeded.js";

export function seededCheckpoint(config: ModelConfig, seed = 1): Uint8Array {
  const g = new GraphBuilder();
  const format = { width: 64, height: 64, depth: 8, orientation: 1 } as const;
  const levels = features(g, picture(g, format, [], config, "image"), config, "tap");
  const reference = levels.map((level, i) => g.input(`reference.${i + 1}`, level.shape));
  const { score } = bpclip(g, config, levels, config.mode === "fr" ? reference : undefined);
  const tensors = checkpointTensors(g.build([score])).map(({ key, shape }) => {
    return [key, { shape: [...shape], data: seededTensor(key, shape, seed) }] as const;
  });
  return writeSafetensors(new Map(tensors), { bpclip: JSON.stringify(config) });
}
