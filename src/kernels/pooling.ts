import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { invocations, spread } from "./dispatch-size.js";
import { type Capabilities, isSoftware, type Planner } from "./kernel.js";
import { vectorWidth } from "./vector-width.js";

export const planMaxPool: Planner<"maxPool"> = ({ inputs, attributes, output }, device) => {
  const { size, stride, padding } = attributes;
  const [, height, width, channels] = inputs.x.shape;
  const [, outHeight, outWidth] = output.shape;
  const vector = vectorWidth(channels);
  const count = sizeOf(output.shape) / vector;
  return [
    {
      shader: vector === 4 ? "max_pool_vec4" : "max_pool",
      overrides: { SIZE: size, STRIDE: stride, PADDING: padding },
      params: [count, height, width, channels / vector, outHeight, outWidth],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};

export const planAdaptiveAvgPool: Planner<"adaptiveAvgPool"> = ({ inputs, output }, device) => {
  const [, height, width, channels] = inputs.x.shape;
  const [, outHeight, outWidth] = output.shape;
  const vector = vectorWidth(channels);
  const tile = chooseTile((height / outHeight) * (width / outWidth), device);
  const count = sizeOf(output.shape) / vector;
  return [
    {
      shader: vector === 4 ? "adaptive_avg_pool_vec4" : "adaptive_avg_pool",
      overrides: { ...tile, HAS_GATE: Number(inputs.gate !== undefined) },
      params: [count, height, width, channels / vector, outHeight, outWidth],
      bindings: bind([inputs.x, inputs.gate], output),
      workgroups: spread(Math.ceil(count / tile.LANES), device),
    },
  ];
};

/** Bins smaller than this are summed by one invocation, since most of several would be idle. */
const LARGE_BIN = 64;

/** On a GPU the sums of large bins are split, to occupy it; on a CPU that only costs barriers. */
function chooseTile(binArea: number, device: Capabilities): { LANES: number; SLICES: number } {
  return isSoftware(device) || binArea < LARGE_BIN ? { LANES: 64, SLICES: 1 } : { LANES: 16, SLICES: 16 };
}
