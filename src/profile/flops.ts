/**
 * The work of a node, from its op and shapes alone: what the mathematics needs, whatever a kernel does. Every addition,
 * multiplication, comparison, division, root and exponential counts as one operation, an activation as one a number, a
 * multiply-add thus as two; so do products with zeros that pad a convolution, and no arithmetic on indices or on the
 * weights of an interpolation. Every tensor counts as read or written once, as if caches were perfect.
 */
import { inputsOf, type Node, type NodeOf, type OpType, type Value } from "../graph/graph.js";
import { bytesPerNumber, sizeOf } from "../graph/shape.js";
import type { StepTimings } from "./timings.js";

/** The work of one step or of several, by the op and its shapes alone. */
export interface Work {
  /** Floating-point operations; a multiply-add is two. */
  flop: number;
  /** Bytes of all that it reads, each tensor once. */
  bytesRead: number;
  /** Bytes of its result. */
  bytesWritten: number;
}

/** The work of a node. */
export function workOf(node: Node): Work {
  const written = node.op === "reshape" ? 0 : sizeOf(node.output.shape);
  return {
    flop: flopOf(node),
    bytesRead: bytesReadBy(node),
    bytesWritten: bytesPerNumber(node.output) * written,
  };
}

/**
 * The work of a step, which may be one of several that compute a node: of a concatenation each copies a part; where a
 * product of matrices is transformed or cut into slices, each moves the tensors that it binds, and the operations are
 * all those of the product itself. Its rate is then an effective one: Winograd's method needs fewer, and may seem to
 * exceed the peak.
 */
export function workOfStep({ node, part, parts, tensors }: StepTimings): Work {
  if (parts === 1) return workOf(node);
  if (node.op === "concat") {
    const bytes = bytesOf(node.inputs.parts[part]);
    return { flop: 0, bytesRead: bytes, bytesWritten: bytes };
  }
  const bytesBound = (wanted: "read" | "write") => {
    const values = tensors.flatMap(({ value, access }) => (value && access === wanted ? value : []));
    return [...new Set(values)].reduce((bytes, value) => bytes + bytesOf(value), 0);
  };
  const weight = weightOf(node);
  const isProduct = weight !== undefined && tensors.some(({ value }) => value === weight);
  return {
    flop: isProduct ? flopOf(node) : 0,
    bytesRead: bytesBound("read"),
    bytesWritten: bytesBound("write"),
  };
}

function weightOf(node: Node): Value | undefined {
  return node.op === "conv2d" || node.op === "linear" ? node.inputs.weight : undefined;
}

function flopOf(node: Node): number {
  // The table is typed by op; the op of a node is known only at run time.
  return (flops[node.op] as (node: Node) => number)(node);
}

const flops: { [T in OpType]: (node: NodeOf<T>) => number } = {
  conv2d: ({ inputs, attributes, output }) => {
    const [, ...window] = inputs.weight.shape;
    const epilogue = [inputs.bias, inputs.residual, inputs.gate, attributes.activation !== "none"];
    return sizeOf(output.shape) * (2 * sizeOf(window) + epilogue.filter(Boolean).length);
  },
  linear: ({ inputs, attributes, output }) => {
    const epilogue = [inputs.bias, inputs.residual, attributes.activation !== "none"];
    return sizeOf(output.shape) * (2 * inputs.weight.shape[1] + epilogue.filter(Boolean).length);
  },
  // Subtract, divide, multiply, add; the square root is one a channel.
  batchNorm: ({ output }) => 4 * sizeOf(output.shape),
  activation: ({ output }) => sizeOf(output.shape),
  add: ({ output }) => sizeOf(output.shape),
  multiply: ({ output }) => sizeOf(output.shape),
  absoluteDifference: ({ attributes, output }) => (attributes.smooth ? 4 : 2) * sizeOf(output.shape),
  concat: () => 0,
  slice: () => 0,
  reshape: () => 0,
  maxPool: ({ attributes, output }) => attributes.size ** 2 * sizeOf(output.shape),
  adaptiveAvgPool: ({ inputs, output }) => {
    const [batch, height, width, channels] = inputs.x.shape;
    const [, outHeight, outWidth] = output.shape;
    const summed = batch * binned(height, outHeight) * binned(width, outWidth) * channels;
    return (inputs.gate ? 2 : 1) * summed + sizeOf(output.shape);
  },
  attention: ({ inputs, attributes, output }) => {
    const [batch, queries, width] = output.shape;
    const keys = inputs.k.shape[1];
    const pairs = attributes.causal ? causalPairs(queries, keys) : queries * keys;
    // q·k and the sum over v are products of width D in all; softmax scales, compares, subtracts, raises and adds.
    const scores = batch * pairs * (4 * width + 5 * attributes.heads);
    return scores + (inputs.residual ? 2 : 1) * sizeOf(output.shape);
  },
  // The mean is an addition, the variance three operations, and the result four.
  layerNorm: ({ output }) => 8 * sizeOf(output.shape),
  // Scale, compare, subtract, raise, add, divide.
  softmax: ({ output }) => 6 * sizeOf(output.shape),
  embedding: () => 0,
  tokenMean: ({ inputs, attributes, output }) => {
    const each = 1 + Number(inputs.weights !== undefined) + Number(attributes.normalized);
    return each * sizeOf(inputs.x.shape) + sizeOf(output.shape);
  },
  l2Normalize: ({ output }) => 3 * sizeOf(output.shape),
  cosine: ({ inputs, output }) => {
    const lengths = 2 * (sizeOf(inputs.x.shape) + sizeOf(inputs.y.shape));
    return sizeOf(output.shape) * (2 * inputs.x.shape[1] + 2) + lengths;
  },
  positionCode: () => 0,
  // Sixteen neighbours, each weighted.
  resizeBicubic: ({ output }) => 32 * sizeOf(output.shape),
  decodePixels: ({ inputs, attributes }) => {
    const [, height, width] = inputs.x.shape;
    // Scaled, weighted by alpha, laid over white, and perhaps rounded.
    const decoded = (attributes.round8 ? 4 : 3) * 3 * height * width;
    if (!inputs.taps) return decoded;
    const upright = attributes.orientation >= 5 ? width : height;
    return decoded + upright * 3 * 2 * weightsOf(inputs.taps.shape);
  },
  resample: ({ inputs, attributes, output }) => {
    const outLength = inputs.taps.shape[0];
    const lines = sizeOf(output.shape) / outLength;
    return lines * 2 * weightsOf(inputs.taps.shape) + (attributes.round8 ? sizeOf(output.shape) : 0);
  },
  crop: () => 0,
  normalize: ({ output }) => 2 * sizeOf(output.shape),
};

/** The weights in a table of taps, whose rows begin with an index. */
function weightsOf([rows, columns]: readonly number[]): number {
  return rows * (columns - 1);
}

/** The places of a line of `length` that torch's `count` bins hold; bins may overlap. */
function binned(length: number, count: number): number {
  let places = 0;
  for (let k = 0; k < count; k++)
    places += Math.ceil(((k + 1) * length) / count) - Math.floor((k * length) / count);
  return places;
}

/** The pairs of a query and a key at or before its own index. */
function causalPairs(queries: number, keys: number): number {
  const square = Math.min(queries, keys);
  return (square * (square + 1)) / 2 + (queries - square) * keys;
}

function bytesOf(value: Value): number {
  return bytesPerNumber(value) * sizeOf(value.shape);
}

/** The bytes of a node's inputs, of one that is cut from a larger tensor only those that it is made of. */
function bytesReadBy(node: Node): number {
  if (node.op === "attention" && node.attributes.cut) {
    const { q, k, v, residual } = node.inputs;
    const rows = [q, k, v].reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
    return bytesPerNumber(q) * rows * node.attributes.cut.width + (residual ? bytesOf(residual) : 0);
  }
  if (node.op === "reshape") return 0;
  if (node.op === "slice" || node.op === "crop") return bytesOf(node.output);
  if (node.op === "embedding") return bytesOf(node.inputs.ids) + bytesOf(node.output);
  return [...new Set(inputsOf(node))].reduce((bytes, value) => bytes + bytesOf(value), 0);
}
