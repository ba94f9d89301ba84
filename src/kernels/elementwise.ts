/** Ops that compute, or copy, number by number: an invocation a number, or four neighbours. */
import type { Value } from "../graph/graph.js";
import { sizeOf } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { invocations } from "./dispatch-size.js";
import { activationCodes } from "./epilogue.js";
import type { Capabilities, Dispatch, Planner } from "./kernel.js";
import { vectorWidth } from "./vector-width.js";

export const planActivation: Planner<"activation"> = ({ inputs, attributes, output }, device) => {
  const size = sizeOf(output.shape);
  const vector = vectorWidth(size);
  const count = size / vector;
  return [
    {
      shader: vector === 4 ? "activation_vec4" : "activation",
      overrides: {},
      params: [count, activationCodes[attributes.kind]],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};

export const planAdd: Planner<"add"> = ({ inputs, output }, device) => {
  const count = sizeOf(output.shape);
  return [
    {
      shader: "add",
      overrides: {},
      params: [count, sizeOf(inputs.b.shape)],
      bindings: bind([inputs.a, inputs.b], output),
      workgroups: invocations(count, device),
    },
  ];
};

export const planMultiply: Planner<"multiply"> = ({ inputs, output }, device) => {
  const size = sizeOf(output.shape);
  const share = size / sizeOf(inputs.b.shape);
  const vector = vectorWidth(share);
  const count = size / vector;
  return [
    {
      shader: vector === 4 ? "multiply_vec4" : "multiply",
      overrides: {},
      params: [count, share / vector],
      bindings: bind([inputs.a, inputs.b], output),
      workgroups: invocations(count, device),
    },
  ];
};

export const planAbsoluteDifference: Planner<"absoluteDifference"> = (
  { inputs, attributes, output },
  device,
) => {
  const size = sizeOf(output.shape);
  const vector = vectorWidth(size);
  const count = size / vector;
  return [
    {
      shader: vector === 4 ? "absolute_difference_vec4" : "absolute_difference",
      overrides: { SMOOTH: Number(attributes.smooth) },
      params: [count],
      bindings: bind([inputs.a, inputs.b], output),
      workgroups: invocations(count, device),
    },
  ];
};

/** A dispatch for each part: it writes the part's channels of the output. */
export const planConcat: Planner<"concat"> = ({ inputs, output }, device) => {
  let start = 0;
  return inputs.parts.map((part) => {
    const copied = part.shape[part.shape.length - 1];
    const dispatch = copyChannels(part, 0, output, start, copied, device);
    start += copied;
    return dispatch;
  });
};

export const planSlice: Planner<"slice"> = ({ inputs, attributes, output }, device) => {
  return [copyChannels(inputs.x, attributes.start, output, 0, attributes.count, device)];
};

/** Copies `copied` channels of each row: x's from `xStart` on to the output's from `outputStart` on. */
function copyChannels(
  x: Value,
  xStart: number,
  output: Value,
  outputStart: number,
  copied: number,
  device: Capabilities,
): Dispatch {
  const xChannels = x.shape[x.shape.length - 1];
  const outputChannels = output.shape[output.shape.length - 1];
  const vector = vectorWidth(copied, xChannels, xStart, outputChannels, outputStart);
  const count = ((sizeOf(x.shape) / xChannels) * copied) / vector;
  const channels = [copied, xChannels, xStart, outputChannels, outputStart].map((c) => c / vector);
  return {
    shader: vector === 4 ? "copy_channels_vec4" : "copy_channels",
    overrides: {},
    params: [count, ...channels],
    bindings: bind([x], output),
    workgroups: invocations(count, device),
  };
}
