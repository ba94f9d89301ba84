import type { ReferenceOp } from "../reference.js";
import { activations } from "./activation.js";
import { multiplyTransposed } from "./matrix.js";

export const linear: ReferenceOp<"linear"> = ({ x, weight, bias, residual }, attributes, output) => {
  const [outputs, inputs] = weight.shape;
  const activate = activations[attributes.activation];
  const sums = new Float64Array(output.data.length);
  multiplyTransposed(x.data as Float32Array, weight.data as Float32Array, inputs, sums);
  for (let i = 0; i < sums.length; i++) {
    output.data[i] = activate(
      sums[i] + (bias ? bias.data[i % outputs] : 0) + (residual ? residual.data[i] : 0),
    );
  }
};
