/** Ops over the last dimension: a workgroup a row. */
import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { spread } from "./dispatch-size.js";
import { floatBits, type Planner } from "./kernel.js";

export const planLayerNorm: Planner<"layerNorm"> = ({ inputs, attributes, output }, device) => {
  const [rows, channels] = rowsOf(output.shape);
  return [
    {
      shader: "layer_norm",
      overrides: {},
      params: [rows, channels, floatBits(attributes.eps)],
      bindings: bind([inputs.x, inputs.weight, inputs.bias], output),
      workgroups: spread(rows, device),
    },
  ];
};

export const planSoftmax: Planner<"softmax"> = ({ inputs, attributes, output }, device) => {
  const [rows, channels] = rowsOf(output.shape);
  return [
    {
      shader: "softmax",
      overrides: {},
      params: [rows, channels, floatBits(attributes.scale)],
      bindings: bind([inputs.x], output),
      workgroups: spread(rows, device),
    },
  ];
};

export const planL2Normalize: Planner<"l2Normalize"> = ({ inputs, output }, device) => {
  const [rows, channels] = rowsOf(output.shape);
  return [
    {
      shader: "l2_normalize",
      overrides: {},
      params: [rows, channels],
      bindings: bind([inputs.x], output),
      workgroups: spread(rows, device),
    },
  ];
};

/** A tensor as a matrix of its last dimension. */
function rowsOf(shape: readonly number[]): [rows: number, channels: number] {
  const channels = shape[shape.length - 1];
  return [sizeOf(shape) / channels, channels];
}
