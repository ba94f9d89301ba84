import type { ReferenceOp, Tensor } from "../reference.js";
import { activations } from "./activation.js";
import { multiplyTransposed } from "./matrix.js";

/** Every row of the output is a product of the patches under it, one a row of a matrix, with the weights. */
export const conv2d: ReferenceOp<"conv2d"> = ({ x, weight, bias, residual, gate }, attributes, output) => {
  const { stride, padding } = attributes;
  const activate = activations[attributes.activation];
  const [batch, height, width, channels] = output.shape;
  const [, , kernelHeight, kernelWidth] = weight.shape;
  const depth = kernelHeight * kernelWidth * x.shape[3];
  const filters = channelsLast(weight);
  const patches = new Float32Array(width * depth);
  const sums = new Float64Array(width * channels);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      gatherPatches(x, n, row * stride - padding, kernelHeight, kernelWidth, stride, padding, patches);
      multiplyTransposed(patches, filters, depth, sums);
      const start = (n * height + row) * sums.length;
      for (let i = 0; i < sums.length; i++) {
        const at = start + i;
        const sum = sums[i] + (bias ? bias.data[i % channels] : 0) + (residual ? residual.data[at] : 0);
        output.data[at] = activate(sum) * (gate ? gate.data[Math.floor(at / channels)] : 1);
      }
    }
  }
};

/** O×I×kh×kw weights as O×kh×kw×I, the order of a patch. */
function channelsLast(weight: Tensor): Float32Array {
  const [outputs, inputs, kernelHeight, kernelWidth] = weight.shape;
  const area = kernelHeight * kernelWidth;
  const filters = new Float32Array(weight.data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let k = 0; k < area; k++) {
        filters[(o * area + k) * inputs + i] = weight.data[(o * inputs + i) * area + k];
      }
    }
  }
  return filters;
}

/** The patches of picture n whose first row is `top`, each kh×kw×C, one after another; zeros outside the map. */
function gatherPatches(
  x: Tensor,
  n: number,
  top: number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
  padding: number,
  patches: Float32Array,
): void {
  const [, height, width, channels] = x.shape;
  patches.fill(0);
  let to = 0;
  for (let left = -padding; to < patches.length; left += stride) {
    for (let row = top; row < top + kernelHeight; row++) {
      for (let column = left; column < left + kernelWidth; column++) {
        if (row >= 0 && row < height && column >= 0 && column < width) {
          const from = ((n * height + row) * width + column) * channels;
          for (let c = 0; c < channels; c++) patches[to + c] = x.data[from + c];
        }
        to += channels;
      }
    }
  }
}
