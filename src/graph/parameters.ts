/**
 * The numbers of a graph's parameters: read from a checkpoint, given as constants, transposed, stacked, or folded from
 * several.
 */
import type { BatchNorm, Graph, Shape, Value } from "./graph.js";
import { inputsOf } from "./graph.js";
import { sizeOf } from "./shape.js";

/** Gives a checkpoint's tensor as f32, or throws a WeightsError when it is missing or has another shape. */
export type ReadTensor = (key: string, shape: Shape) => Float32Array;

/** What reads a checkpoint, or will once its file is there. */
export type Reading = ReadTensor | Promise<ReadTensor>;

/** The numbers of a parameter, in PyTorch's layout. Batch norm is folded in float64 and rounded once. */
export function resolveParameter(value: Value, read: ReadTensor): Float32Array {
  const source = value.parameter;
  switch (source?.kind) {
    case "checkpoint":
      return read(source.key, value.shape);
    case "constant":
      return source.data;
    case "transposed":
      return transpose(resolveParameter(source.matrix, read), source.matrix.shape);
    case "stacked":
      return stack(source.parts.map((part) => resolveParameter(part, read)));
    case "foldedWeight":
      return foldWeight(resolveParameter(source.weight, read), source.norm, read);
    case "foldedBias":
      return foldBias(source.bias && resolveParameter(source.bias, read), source.norm, read);
    default:
      throw new TypeError(`${value.name} is not a parameter`);
  }
}

/** The checkpoint tensors that a graph reads, folded ones included: every key once, with its shape. */
export function checkpointTensors(graph: Graph): { key: string; shape: Shape }[] {
  const shapes = new Map<string, Shape>();
  const visit = (value: Value | undefined) => {
    const source = value?.parameter;
    if (!value || !source) return;
    if (source.kind === "checkpoint") shapes.set(source.key, value.shape);
    if (source.kind === "transposed") visit(source.matrix);
    if (source.kind === "stacked") source.parts.forEach(visit);
    if (source.kind === "foldedWeight") visit(source.weight);
    if (source.kind === "foldedBias") visit(source.bias);
    if ("norm" in source) {
      const { weight, bias, mean, variance } = source.norm;
      [weight, bias, mean, variance].forEach(visit);
    }
  };
  for (const node of graph.nodes) inputsOf(node).forEach(visit);
  return [...shapes].map(([key, shape]) => ({ key, shape }));
}

function transpose(matrix: Float32Array, [rows, columns]: Shape): Float32Array {
  const transposed = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = matrix[row * columns + column];
    }
  }
  return transposed;
}

function stack(parts: readonly Float32Array[]): Float32Array {
  const stacked = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    stacked.set(part, end);
    end += part.length;
  }
  return stacked;
}

/** γ/√(σ²+ε) of each channel, in float64. */
function scales(norm: BatchNorm, read: ReadTensor): Float64Array {
  const gamma = resolveParameter(norm.weight, read);
  const variance = resolveParameter(norm.variance, read);
  return Float64Array.from(gamma, (g, channel) => g / Math.sqrt(variance[channel] + norm.eps));
}

function foldWeight(weight: Float32Array, norm: BatchNorm, read: ReadTensor): Float32Array {
  const scale = scales(norm, read);
  const perChannel = weight.length / sizeOf(norm.weight.shape);
  const folded = new Float32Array(weight.length);
  for (let channel = 0, i = 0; channel < scale.length; channel++) {
    for (const end = i + perChannel; i < end; i++) folded[i] = weight[i] * scale[channel];
  }
  return folded;
}

function foldBias(bias: Float32Array | undefined, norm: BatchNorm, read: ReadTensor): Float32Array {
  const scale = scales(norm, read);
  const mean = resolveParameter(norm.mean, read);
  const beta = resolveParameter(norm.bias, read);
  return beta.map((b, channel) => ((bias?.[channel] ?? 0) - mean[channel]) * scale[channel] + b);
}
