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

/** Channels of a workgroup, as in token_mean.wgsl. */
const BLOCK = 16;

export const planTokenMean: Planner<"tokenMean"> = ({ inputs, attributes, output }, device) => {
  const [batch, tokens, channels] = inputs.x.shape;
  const blocks = Math.ceil(channels / BLOCK);
  return [
    {
      shader: "token_mean",
      overrides: {
        HAS_WEIGHTS: Number(inputs.weights !== undefined),
        NORMALIZED: Number(attributes.normalized),
      },
      params: [batch, blocks, tokens, channels],
      bindings: bind([inputs.x, inputs.weights], output),
      workgroups: spread(batch * blocks, device),
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
