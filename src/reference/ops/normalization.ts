/** Batch norm, layer norm, softmax and unit length: all along the last dimension. */
import type { ReferenceOp } from "../reference.js";

export const batchNorm: ReferenceOp<"batchNorm"> = ({ x, weight, bias, mean, variance }, { eps }, output) => {
  const channels = weight.data.length;
  for (let i = 0; i < output.data.length; i++) {
    const c = i % channels;
    const centred = x.data[i] - mean.data[c];
    output.data[i] = (centred / Math.sqrt(variance.data[c] + eps)) * weight.data[c] + bias.data[c];
  }
};

/** The variance is that of the whole row (divided by C, not by C − 1). */
export const layerNorm: ReferenceOp<"layerNorm"> = ({ x, weight, bias }, { eps }, output) => {
  const channels = weight.data.length;
  for (let start = 0; start < output.data.length; start += channels) {
    const row = x.data.subarray(start, start + channels);
    let mean = 0;
    for (const value of row) mean += value / channels;
    let variance = 0;
    for (const value of row) variance += (value - mean) ** 2 / channels;
    for (let c = 0; c < channels; c++) {
      const scaled = ((row[c] - mean) / Math.sqrt(variance + eps)) * weight.data[c];
      output.data[start + c] = scaled + bias.data[c];
    }
  }
};

/** Turns logits into probabilities; the largest is taken off first, so that none overflows. */
export function softmaxInPlace(logits: Float64Array): void {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    logits[i] = Math.exp(logits[i] - largest);
    sum += logits[i];
  }
  for (let i = 0; i < logits.length; i++) logits[i] /= sum;
}

export const softmax: ReferenceOp<"softmax"> = ({ x }, { scale }, output) => {
  const channels = x.shape[x.shape.length - 1];
  for (let start = 0; start < output.data.length; start += channels) {
    const row = Float64Array.from(x.data.subarray(start, start + channels), (value) => scale * value);
    softmaxInPlace(row);
    output.data.set(row, start);
  }
};

/** The length of a vector, or 1e-12 for one shorter: what it is divided by to have length 1. */
export function norm(vector: Float32Array | Uint32Array): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.max(Math.sqrt(squares), 1e-12);
}

export const l2Normalize: ReferenceOp<"l2Normalize"> = ({ x }, _, output) => {
  const channels = x.shape[x.shape.length - 1];
  for (let start = 0; start < output.data.length; start += channels) {
    const row = x.data.subarray(start, start + channels);
    const length = norm(row);
    for (let c = 0; c < channels; c++) output.data[start + c] = row[c] / length;
  }
};
