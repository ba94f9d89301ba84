/** Convolution, and with it every product of a matrix and many rows: which shader computes it, over which grid. */
import { LimitError } from "../errors.js";
import type { Activation, Value } from "../graph/graph.js";
import type { Binding, Capabilities, Dispatch, Packing, Planner } from "./kernel.js";

/** The tensors of a convolution, or of a linear layer seen as one. */
export interface Operands {
  x: Value;
  weight: Value;
  bias?: Value;
  residual?: Value;
  gate?: Value;
  output: Value;
}

/** The sizes of a convolution: N×height×width×channels ⋆ kernel → N×outHeight×outWidth×outChannels. */
export interface Geometry {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  kernelHeight: number;
  kernelWidth: number;
  stride: number;
  padding: number;
}

/** activation(x ⋆ weight + bias + residual) · gate, by the shader that `planConvolution` chooses. */
export const planConv2d: Planner<"conv2d"> = ({ inputs, attributes, output }, device) => {
  const [batch, height, width, channels] = inputs.x.shape;
  const [outChannels, , kernelHeight, kernelWidth] = inputs.weight.shape;
  const [, outHeight, outWidth] = output.shape;
  const { stride, padding, activation } = attributes;
  return planConvolution(
    {
      batch,
      height,
      width,
      channels,
      outHeight,
      outWidth,
      outChannels,
      kernelHeight,
      kernelWidth,
      stride,
      padding,
    },
    { ...inputs, output },
    activation,
    "HWIO",
    device,
  );
};

/**
 * Plans an implicit GEMM of pixels × channels:
 *
 * - `conv2d_one` for a single output channel (gates): a dot product a pixel;
 * - `conv2d_scalar` where 4 does not divide both channel counts (the stem): loads of single floats;
 * - `conv2d_direct` on software adapters: 8 pixels × 4 channels an invocation, straight from storage;
 * - `conv2d_tiled` on GPUs: the same registers, fed from workgroup memory.
 */
export function planConvolution(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  device: Capabilities,
): Dispatch[] {
  const { batch, height, width, channels, outHeight, outWidth, outChannels } = geometry;
  const { kernelHeight, kernelWidth, stride, padding } = geometry;
  const pixels = batch * outHeight * outWidth;
  const epilogue = planEpilogue(operands, activation, packing);
  const dispatch = {
    params: [height, width, channels, outHeight, outWidth, outChannels, pixels],
    overrides: {
      KERNEL_HEIGHT: kernelHeight,
      KERNEL_WIDTH: kernelWidth,
      STRIDE: stride,
      PADDING: padding,
      ...epilogue.overrides,
    },
    bindings: epilogue.bindings,
  };
  const vectors = channels % 4 === 0;
  if (outChannels === 1 && vectors) {
    return [{ ...dispatch, shader: "conv2d_one", workgroups: spread(Math.ceil(pixels / (4 * 64)), device) }];
  }
  if (!vectors || outChannels % 4 !== 0) {
    const invocations = Math.ceil(pixels / 4) * Math.ceil(outChannels / 4);
    return [
      { ...dispatch, shader: "conv2d_scalar", workgroups: spread(Math.ceil(invocations / 64), device) },
    ];
  }
  if (device.family === "llvmpipe" || device.family === "swiftshader") {
    const invocations = Math.ceil(pixels / 8) * (outChannels / 4);
    return [
      { ...dispatch, shader: "conv2d_direct", workgroups: spread(Math.ceil(invocations / 64), device) },
    ];
  }
  const tile = chooseTile(pixels, outChannels);
  const [y, z] = spread(Math.ceil(pixels / (8 * tile.WORKGROUP_Y)), device);
  return [
    {
      ...dispatch,
      shader: "conv2d_tiled",
      overrides: { ...dispatch.overrides, ...tile },
      workgroups: [Math.ceil(outChannels / (4 * tile.WORKGROUP_X)), y, z],
    },
  ];
}

/** Below so many workgroups the tiles are made smaller, so that a small map still occupies a wide GPU. */
const ENOUGH_WORKGROUPS = 64;

/** 64 pixels × 64 channels a workgroup of 128, or 32 × 32 a workgroup of 32 where the former would be too few. */
function chooseTile(pixels: number, outChannels: number): { WORKGROUP_X: number; WORKGROUP_Y: number } {
  const workgroups = Math.ceil(pixels / 64) * Math.ceil(outChannels / 64);
  return workgroups >= ENOUGH_WORKGROUPS
    ? { WORKGROUP_X: 16, WORKGROUP_Y: 8 }
    : { WORKGROUP_X: 8, WORKGROUP_Y: 4 };
}

const activations: Activation[] = ["none", "relu", "gelu", "quickGelu", "sigmoid"];

/** Overrides and bindings of the shaders that include `include/epilogue.wgsl`. */
export function planEpilogue(
  { x, weight, bias, residual, gate, output }: Operands,
  activation: Activation,
  packing: Packing,
): { overrides: Record<string, number>; bindings: Binding[] } {
  return {
    overrides: {
      ACTIVATION: activations.indexOf(activation),
      HAS_BIAS: Number(bias !== undefined),
      HAS_RESIDUAL: Number(residual !== undefined),
      HAS_GATE: Number(gate !== undefined),
    },
    bindings: [
      { value: x, access: "read" },
      { value: weight, access: "read", packing },
      { value: bias ?? null, access: "read" },
      { value: residual ?? null, access: "read" },
      { value: gate ?? null, access: "read" },
      { value: output, access: "write" },
    ],
  };
}

/**
 * At least `count` workgroups over two dimensions, each within the device's limit; the third is 1.
 * @throws LimitError (DISPATCH_TOO_LARGE) when two dimensions do not hold them.
 */
export function spread(count: number, device: Capabilities): [number, number, 1] {
  const limit = device.maxWorkgroupsPerDimension;
  const y = Math.ceil(count / limit);
  if (y > limit) {
    throw new LimitError(
      "DISPATCH_TOO_LARGE",
      `A kernel needs ${count} workgroups, and the device takes ${limit}×${limit}.`,
      "Make the picture or the batch smaller.",
    );
  }
  return [Math.ceil(count / y), y, 1];
}
