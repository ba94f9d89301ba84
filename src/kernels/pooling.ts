import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { invocations, spread } from "./dispatch-size.js";
import type { Planner } from "./kernel.js";

export const planMaxPool: Planner<"maxPool"> = ({ inputs, attributes, output }, device) => {
  const { size, stride, padding } = attributes;
  const [, height, width, channels] = inputs.x.shape;
  const [, outHeight, outWidth] = output.shape;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "max_pool",
      overrides: { SIZE: size, STRIDE: stride, PADDING: padding },
      params: [count, height, width, channels, outHeight, outWidth],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};

/** Channels of a workgroup, as in adaptive_avg_pool.wgsl. */
const BLOCK = 16;

export const planAdaptiveAvgPool: Planner<"adaptiveAvgPool"> = ({ inputs, output }, device) => {
  const [, height, width, channels] = inputs.x.shape;
  const [batch, outHeight, outWidth] = output.shape;
  const places = batch * outHeight * outWidth;
  const blocks = Math.ceil(channels / BLOCK);
  return [
    {
      shader: "adaptive_avg_pool",
      overrides: { HAS_GATE: Number(inputs.gate !== undefined) },
      params: [places, blocks, height, width, channels, outHeight, outWidth],
      bindings: bind([inputs.x, inputs.gate], output),
      workgroups: spread(places * blocks, device),
    },
  ];
};
