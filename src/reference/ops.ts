import type { OpType } from "../graph/graph.js";
import { activation } from "./ops/activation.js";
import { attention } from "./ops/attention.js";
import { conv2d } from "./ops/convolution.js";
import { absoluteDifference, add, concat, multiply, reshape, slice } from "./ops/elementwise.js";
import { crop, decodePixels, normalize, resample } from "./ops/image.js";
import { linear } from "./ops/linear.js";
import { batchNorm, l2Normalize, layerNorm, softmax } from "./ops/normalization.js";
import { adaptiveAvgPool, maxPool } from "./ops/pooling.js";
import { positionCode, resizeBicubic } from "./ops/position.js";
import { cosine, embedding, tokenMean } from "./ops/tokens.js";
import type { ReferenceOp } from "./reference.js";

/** How each op of the graph is computed on the CPU. */
export const referenceOps: { [T in OpType]: ReferenceOp<T> } = {
  conv2d,
  linear,
  batchNorm,
  activation,
  add,
  multiply,
  absoluteDifference,
  concat,
  slice,
  reshape,
  maxPool,
  adaptiveAvgPool,
  attention,
  layerNorm,
  softmax,
  embedding,
  tokenMean,
  l2Normalize,
  cosine,
  positionCode,
  resizeBicubic,
  decodePixels,
  resample,
  crop,
  normalize,
};
