/** Tokens and the vectors made of them. */
import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { invocations, spread } from "./dispatch-size.js";
import type { Planner } from "./kernel.js";

export const planEmbedding: Planner<"embedding"> = ({ inputs, output }, device) => {
  const [rows, channels] = inputs.table.shape;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "embedding",
      overrides: {},
      params: [count, rows, channels],
      bindings: bind([inputs.ids, inputs.table], output),
      workgroups: invocations(count, device),
    },
  ];
};

/** Numbers that a workgroup of token_mean.wgsl computes. */
const LANES = 16;

export const planTokenMean: Planner<"tokenMean"> = ({ inputs, attributes, output }, device) => {
  const [, tokens, channels] = inputs.x.shape;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "token_mean",
      overrides: {
        HAS_WEIGHTS: Number(inputs.weights !== undefined),
        NORMALIZED: Number(attributes.normalized),
      },
      params: [count, tokens, channels],
      bindings: bind([inputs.x, inputs.weights], output),
      workgroups: spread(Math.ceil(count / LANES), device),
    },
  ];
};

export const planCosine: Planner<"cosine"> = ({ inputs, output }, device) => {
  const [columns, channels] = inputs.y.shape;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "cosine",
      overrides: {},
      params: [count, columns, channels],
      bindings: bind([inputs.x, inputs.y], output),
      workgroups: spread(count, device),
    },
  ];
};
