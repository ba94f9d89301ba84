/** Convolution, and with it every product of a matrix and many rows: which shader computes it, over which grid. */
import type { Activation } from "../graph/graph.js";
import { invocations, spread } from "./dispatch-size.js";
import { type Operands, planEpilogue } from "./epilogue.js";
import { type Capabilities, type Dispatch, isSoftware, type Packing, type Planner } from "./kernel.js";

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
 *
 * Measured over ResNet50's layers at 224², GFLOP/s by the CPU time of the adapter's threads on two cores: direct
 * 16 to 23 and tiled 7 to 10 on llvmpipe, direct 2.4 to 3.7 and tiled 0.8 to 1.8 on SwiftShader. Larger and smaller
 * register tiles than 8 × 4 gained at most a tenth on llvmpipe and lost up to a half.
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
    params: [height, width, channels, outHeight, outWidth, outChannels, pixels, kernelHeight, kernelWidth],
    overrides: {
      STRIDE: stride,
      PADDING: padding,
      ...epilogue.overrides,
    },
    bindings: epilogue.bindings,
  };
  const vectors = channels % 4 === 0;
  if (outChannels === 1 && vectors) {
    return [{ ...dispatch, shader: "conv2d_one", workgroups: invocations(Math.ceil(pixels / 4), device) }];
  }
  if (!vectors || outChannels % 4 !== 0) {
    const count = Math.ceil(pixels / 4) * Math.ceil(outChannels / 4);
    return [{ ...dispatch, shader: "conv2d_scalar", workgroups: invocations(count, device) }];
  }
  if (isSoftware(device)) {
    const WORKGROUP_X = Math.min(16, outChannels / 4);
    const [y, z] = spread(Math.ceil(pixels / 8), device);
    return [
      {
        ...dispatch,
        shader: "conv2d_direct",
        overrides: { ...dispatch.overrides, WORKGROUP_X },
        workgroups: [Math.ceil(outChannels / (4 * WORKGROUP_X)), y, z],
      },
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
