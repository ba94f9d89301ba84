/** Sums, products and differences of two tensors, and the ops that only move numbers along the last dimension. */
import type { ReferenceOp } from "../reference.js";

export const add: ReferenceOp<"add"> = ({ a, b }, _, output) => {
  for (let i = 0; i < output.data.length; i++) output.data[i] = a.data[i] + b.data[i % b.data.length];
};

export const multiply: ReferenceOp<"multiply"> = ({ a, b }, _, output) => {
  const channels = a.data.length / b.data.length;
  for (let i = 0; i < output.data.length; i++) {
    output.data[i] = a.data[i] * b.data[Math.floor(i / channels)];
  }
};

export const absoluteDifference: ReferenceOp<"absoluteDifference"> = ({ a, b }, { smooth }, output) => {
  for (let i = 0; i < output.data.length; i++) {
    const difference = a.data[i] - b.data[i];
    output.data[i] = smooth ? Math.sqrt(difference ** 2 + 1e-12) : Math.abs(difference);
  }
};

export const concat: ReferenceOp<"concat"> = ({ parts }, _, output) => {
  const channels = output.shape[output.shape.length - 1];
  for (let row = 0; row < output.data.length / channels; row++) {
    let to = row * channels;
    for (const part of parts) {
      const count = part.shape[part.shape.length - 1];
      output.data.set(part.data.subarray(row * count, (row + 1) * count), to);
      to += count;
    }
  }
};

export const slice: ReferenceOp<"slice"> = ({ x }, { start, count }, output) => {
  const channels = x.shape[x.shape.length - 1];
  for (let row = 0; row < output.data.length / count; row++) {
    const from = row * channels + start;
    output.data.set(x.data.subarray(from, from + count), row * count);
  }
};

export const reshape: ReferenceOp<"reshape"> = ({ x }, _, output) => {
  output.data.set(x.data);
};
