import { BpclipError } from "../errors.js";
import { inputsOf, type Node, type OpType, type Value } from "../graph/graph.js";
import { planAttention } from "./attention.js";
import { planConv2d } from "./conv2d.js";
import {
  planAbsoluteDifference,
  planActivation,
  planAdd,
  planConcat,
  planMultiply,
  planSlice,
} from "./elementwise.js";
import { planCrop, planDecodePixels, planNormalize, planResample } from "./image.js";
import type { Capabilities, Dispatch, Planner } from "./kernel.js";
import { planLinear } from "./linear.js";
import { planL2Normalize, planLayerNorm, planSoftmax } from "./normalization.js";
import { planAdaptiveAvgPool, planMaxPool } from "./pooling.js";
import { planPositionCode, planResizeBicubic } from "./position.js";
import { planCosine, planEmbedding, planTokenMean } from "./tokens.js";

/** How each op of the graph is computed on a GPU. */
export const planners: { [T in OpType]: Planner<T> } = {
  conv2d: planConv2d,
  linear: planLinear,
  batchNorm: refuseBatchNorm,
  activation: planActivation,
  add: planAdd,
  multiply: planMultiply,
  absoluteDifference: planAbsoluteDifference,
  concat: planConcat,
  slice: planSlice,
  // A view: its result lies where its input lies.
  reshape: () => [],
  maxPool: planMaxPool,
  adaptiveAvgPool: planAdaptiveAvgPool,
  attention: planAttention,
  layerNorm: planLayerNorm,
  softmax: planSoftmax,
  embedding: planEmbedding,
  tokenMean: planTokenMean,
  l2Normalize: planL2Normalize,
  cosine: planCosine,
  positionCode: planPositionCode,
  resizeBicubic: planResizeBicubic,
  decodePixels: planDecodePixels,
  resample: planResample,
  crop: planCrop,
  normalize: planNormalize,
};

/**
 * The dispatches that compute a node, in order; none for a reshape.
 * @throws LimitError (DISPATCH_TOO_LARGE, HEAD_TOO_WIDE) when the device cannot run it, BpclipError
 * (GRAPH_BATCH_NORM) for a batch norm that was not folded away.
 */
export function planNode(node: Node, device: Capabilities): Dispatch[] {
  // The table is typed by op; the op of a node is known only at run time.
  return (planners[node.op] as Planner<OpType>)(node as never, device);
}

/** What the dispatches of a node hand on to each other, in order: the tensors that are not of the graph. */
export function scratchOf(node: Node, dispatches: readonly Dispatch[]): Value[] {
  const own = new Set([...inputsOf(node), node.output]);
  const bound = dispatches.flatMap(({ bindings }) => bindings.flatMap(({ value }) => value ?? []));
  return [...new Set(bound)].filter((value) => !own.has(value));
}

function refuseBatchNorm({ output }: Parameters<Planner<"batchNorm">>[0]): never {
  throw new BpclipError(
    "GRAPH_BATCH_NORM",
    `The batch norm "${output.name}" has no kernel.`,
    "Fold it into the convolution before it: run `optimize` of src/graph/rewrite.ts on the graph.",
  );
}
