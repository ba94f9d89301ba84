/** Convolution as a product of matrices, pixels × channels, whose left one is read from the map as it is. */
import type { Activation } from "../graph/graph.js";
import { invocations, spread } from "./dispatch-size.js";
import { type Operands, planEpilogue } from "./epilogue.js";
import { type Capabilities, type Dispatch, isSoftware, type Packing } from "./kernel.js";

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

/** x (rows × channels) · weight (channels × outChannels) as a 1×1 convolution of one row of pixels. */
export function productGeometry(rows: number, channels: number, outChannels: number): Geometry {
  return {
    batch: 1,
    height: 1,
    width: rows,
    channels,
    outHeight: 1,
    outWidth: rows,
    outChannels,
    kernelHeight: 1,
    kernelWidth: 1,
    stride: 1,
    padding: 0,
  };
}

/** Output pixels of all pictures. */
export function pixelsOf({ batch, outHeight, outWidth }: Geometry): number {
  return batch * outHeight * outWidth;
}

/** Whether channels can be loaded as vec4, as the shaders want that cut them into slices or transform them. */
export function hasVectors({ channels, outChannels }: Geometry): boolean {
  return channels % 4 === 0 && outChannels % 4 === 0;
}

/**
 * Plans an implicit GEMM:
 *
 * - `conv2d_one` for a single output channel (gates): a dot product a pixel;
 * - `conv2d_scalar` where 4 does not divide both channel counts (the stem): loads of single floats;
 * - `conv2d_direct` on software adapters: 8 pixels × 4 channels an invocation, straight from storage;
 * - `conv2d_tiled` on GPUs: the same registers, fed from workgroup memory.
 *
 * Measured over ResNet50's layers at 224², GFLOP/s by the CPU time of the adapter's threads on two cores: direct
 * 16 to 23 and tiled 7 to 10 on llvmpipe, direct 2.4 to 3.7 and tiled 0.8 to 1.8 on SwiftShader. Larger and smaller
 * register tiles than 8 × 4 gained at most a tenth on llvmpipe and lost up to a half.
 *
 * @param slices With more than one, the channels (`hasVectors` only) are cut into so many, each of whose products is
 * written apart: slices × pixels × outChannels, without an epilogue.
 */
export function planImplicitGemm(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  device: Capabilities,
  slices = 1,
): Dispatch {
  const { height, width, channels, outHeight, outWidth, outChannels } = geometry;
  const { kernelHeight, kernelWidth, stride, padding } = geometry;
  const pixels = pixelsOf(geometry);
  const epilogue = planEpilogue(operands, activation, packing);
  const taps = [kernelHeight, kernelWidth];
  const dispatch = {
    params: [height, width, channels, outHeight, outWidth, outChannels, pixels, ...taps, slices],
    overrides: {
      STRIDE: stride,
      PADDING: padding,
      ...epilogue.overrides,
    },
    bindings: epilogue.bindings,
  };
  if (outChannels === 1 && channels % 4 === 0) {
    return { ...dispatch, shader: "conv2d_one", workgroups: invocations(Math.ceil(pixels / 4), device) };
  }
  if (!hasVectors(geometry)) {
    const count = Math.ceil(pixels / 4) * Math.ceil(outChannels / 4);
    return { ...dispatch, shader: "conv2d_scalar", workgroups: invocations(count, device) };
  }
  if (isSoftware(device)) {
    const WORKGROUP_X = Math.min(16, outChannels / 4);
    const [y, z] = spread(slices * Math.ceil(pixels / 8), device);
    return {
      ...dispatch,
      shader: "conv2d_direct",
      overrides: { ...dispatch.overrides, WORKGROUP_X },
      workgroups: [Math.ceil(outChannels / (4 * WORKGROUP_X)), y, z],
    };
  }
  const tile = chooseTile(slices, pixels, outChannels);
  const [y, z] = spread(slices * Math.ceil(pixels / (8 * tile.WORKGROUP_Y)), device);
  return {
    ...dispatch,
    shader: "conv2d_tiled",
    overrides: { ...dispatch.overrides, ...tile },
    workgroups: [Math.ceil(outChannels / (4 * tile.WORKGROUP_X)), y, z],
  };
}

/** Below so many workgroups the tiles are made smaller, so that a small map still occupies a wide GPU. */
export const ENOUGH_WORKGROUPS = 64;

/** 64 pixels × 64 channels a workgroup of 128, or 32 × 32 a workgroup of 32 where the former would be too few. */
function chooseTile(
  slices: number,
  pixels: number,
  outChannels: number,
): { WORKGROUP_X: number; WORKGROUP_Y: number } {
  const workgroups = slices * Math.ceil(pixels / 64) * Math.ceil(outChannels / 64);
  return workgroups >= ENOUGH_WORKGROUPS
    ? { WORKGROUP_X: 16, WORKGROUP_Y: 8 }
    : { WORKGROUP_X: 8, WORKGROUP_Y: 4 };
}
