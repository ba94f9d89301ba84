/** The learnt position code, and the interpolation that brings it to a map's size. */
import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { invocations } from "./dispatch-size.js";
import type { Planner } from "./kernel.js";

export const planPositionCode: Planner<"positionCode"> = ({ inputs, output }, device) => {
  const [side, channels] = inputs.h.shape;
  return [
    {
      shader: "position_code",
      overrides: {},
      params: [side, channels],
      bindings: bind([inputs.h, inputs.w], output),
      workgroups: invocations(sizeOf(output.shape), device),
    },
  ];
};

export const planResizeBicubic: Planner<"resizeBicubic"> = ({ inputs, output }, device) => {
  const [, height, width, channels] = inputs.x.shape;
  const [, outHeight, outWidth] = output.shape;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "resize_bicubic",
      overrides: {},
      params: [count, height, width, channels, outHeight, outWidth],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};
