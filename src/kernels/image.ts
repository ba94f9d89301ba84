/** From packed pixels to what the backbone takes. */
import { ShapeError } from "../errors.js";
import { sizeOf } from "../graph/shape.js";
import { orientationMap, orientedSize } from "../image/orientation.js";
import { bind } from "./bindings.js";
import { invocations } from "./dispatch-size.js";
import { floatBits, type Planner } from "./kernel.js";

export const planDecodePixels: Planner<"decodePixels"> = ({ inputs, attributes, output }, device) => {
  const { x, taps } = inputs;
  const { orientation, round8 } = attributes;
  const [, storedHeight, storedWidth, words] = x.shape;
  const { height, width } = orientedSize(storedWidth, storedHeight, orientation);
  const [, , outWidth] = output.shape;
  const { x0, xx, xy, y0, yx, yy } = orientationMap(storedWidth, storedHeight, orientation);
  const origin = y0 * storedWidth + x0;
  const columnStep = yx * storedWidth + xx;
  const rowStep = yy * storedWidth + xy;
  return [
    {
      shader: "decode_pixels",
      overrides: {
        WIDE: Number(words === 2),
        HAS_TAPS: Number(taps !== undefined),
        ROUND8: Number(round8),
      },
      params: [height, width, outWidth, taps ? taps.shape[1] - 1 : 0, origin, columnStep, rowStep],
      bindings: bind([x, taps], output),
      workgroups: invocations(height * outWidth, device),
    },
  ];
};

export const planResample: Planner<"resample"> = ({ inputs, attributes, output }, device) => {
  const { x, taps } = inputs;
  const [, height, width, channels] = x.shape;
  const [outLength, tapsLength] = taps.shape;
  const [length, inner] = attributes.axis === "height" ? [height, width * channels] : [width, channels];
  const count = sizeOf(output.shape);
  return [
    {
      shader: "resample",
      overrides: { ROUND8: Number(attributes.round8) },
      params: [count, length, outLength, inner, tapsLength - 1],
      bindings: bind([x, taps], output),
      workgroups: invocations(count, device),
    },
  ];
};

export const planCrop: Planner<"crop"> = ({ inputs, attributes, output }, device) => {
  const [, height, width, channels] = inputs.x.shape;
  const { top, left } = attributes;
  const count = sizeOf(output.shape);
  return [
    {
      shader: "crop",
      overrides: {},
      params: [count, height, width, channels, attributes.height, attributes.width, top, left],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};

/** Channels that normalize.wgsl has constants for. */
const MAX_CHANNELS = 4;

/** @throws ShapeError (SHAPE_MISMATCH) for more than four channels. */
export const planNormalize: Planner<"normalize"> = ({ inputs, attributes, output }, device) => {
  const channels = attributes.mean.length;
  if (channels > MAX_CHANNELS) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `normalize "${output.name}" has ${channels} channels, and its kernel takes up to ${MAX_CHANNELS}.`,
      "Normalise pictures, not features.",
    );
  }
  const constants = (values: readonly number[]) =>
    [0, 1, 2, 3].map((channel) => floatBits(values[channel] ?? 0));
  const count = sizeOf(output.shape);
  return [
    {
      shader: "normalize",
      overrides: {},
      params: [count, channels, ...constants(attributes.mean), ...constants(attributes.std)],
      bindings: bind([inputs.x], output),
      workgroups: invocations(count, device),
    },
  ];
};
