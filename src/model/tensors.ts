/** Which tensors a network is made of: found by building it, so that there is no second list of them. */
import { GraphBuilder, type Shape } from "../graph/graph.js";
import { checkpointTensors } from "../graph/parameters.js";
import { sizeOf } from "../graph/shape.js";
import { bpclip, features } from "./bpclip.js";
import type { ModelConfig } from "./config.js";

/** The side of the picture that the network is built for; any would do. */
const side = 64;

/** Every tensor of a checkpoint of this config, once, in the order in which the network reads them. */
export function modelTensors(config: ModelConfig): { key: string; shape: Shape }[] {
  const g = new GraphBuilder();
  const levels = features(g, g.input("picture", [1, side, side, 3]), config, "tap");
  const reference = levels.map((level, i) => g.input(`reference.${i + 1}`, level.shape));
  const { score } = bpclip(g, config, levels, config.mode === "fr" ? reference : undefined);
  return checkpointTensors(g.build([score]));
}

/**
 * Whether a tensor is F32 also in a checkpoint of F16, as in tools/train/checkpoint.py: those of batch norms, as variances
 * may leave F16, and the stem's weight, whose rounding all else would see.
 */
export function staysFloat32({ key, shape }: { key: string; shape: Shape }): boolean {
  return key === "backbone.conv1.weight" || (key.startsWith("backbone.") && shape.length === 1);
}

/** Numbers that are learnt: those of all tensors but the batch norms' statistics and the words' features. */
export function parameterCount(tensors: readonly { key: string; shape: Shape }[]): number {
  const learnt = tensors.filter(({ key }) => !/\.running_(mean|var)$|^text\./.test(key));
  return learnt.reduce((count, { shape }) => count + sizeOf(shape), 0);
}
