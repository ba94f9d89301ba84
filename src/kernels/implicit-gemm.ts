/** Convolution as a product of matrices, pixels × channels, whose left one is read from the map as it is. */
import type { Activation } from "../graph/graph.js";
import { invocations, spread } from "./dispatch-size.js";
import { type Operands, planEpilogue } from "./epilogue.js";
import { type Capabilities, type Dispatch, isSoftware, type Packing } from "./kernel.js";
import { type Tile, type TileName, tiles } from "./variant.js";

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

/** One picture under a square kernel of odd side, padded to keep its size at stride 1. */
export function squareConvolution({
  kernel,
  stride,
  ...map
}: {
  height: number;
  width: number;
  channels: number;
  outChannels: number;
  kernel: number;
  stride: number;
}): Geometry {
  const out = (side: number) => Math.ceil(side / stride);
  return {
    ...map,
    batch: 1,
    outHeight: out(map.height),
    outWidth: out(map.width),
    kernelHeight: kernel,
    kernelWidth: kernel,
    stride,
    padding: (kernel - 1) / 2,
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
 * - `conv2d_scalar` where 4 does not divide the output channels: loads of single floats;
 * - else `conv2d_direct` or `conv2d_quad`, straight from storage, or `conv2d_tiled`, through workgroup memory, by the
 *   tile's form; the first also where the second has no subgroups, or 16 does not divide the output channels, and where
 *   the third has input channels that 4 does not divide (pictures).
 *
 * @param slices With more than one, the channels (`hasVectors` only) are cut into so many, each of whose products is
 * written apart: slices × pixels × outChannels, without an epilogue.
 * @param tile How the product is cut up; by default as `usualTile` has it.
 */
export function planImplicitGemm(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  device: Capabilities,
  slices = 1,
  tile = usualTile(slices, pixelsOf(geometry), geometry.outChannels, device),
): Dispatch {
  const { height, width, channels, outHeight, outWidth, outChannels } = geometry;
  const { kernelHeight, kernelWidth, stride, padding } = geometry;
  const pixels = pixelsOf(geometry);
  const { fused, bindings } = planEpilogue(operands, activation, packing);
  const sizes = [height, width, channels, outHeight, outWidth, outChannels, pixels];
  const dispatch = {
    params: [...sizes, kernelHeight, kernelWidth, stride, padding, slices, fused],
    overrides: {},
    bindings,
  };
  if (outChannels === 1 && channels % 4 === 0) {
    return { ...dispatch, shader: "conv2d_one", workgroups: invocations(Math.ceil(pixels / 4), device) };
  }
  if (outChannels % 4 !== 0) {
    const count = Math.ceil(pixels / 4) * Math.ceil(outChannels / 4);
    return { ...dispatch, shader: "conv2d_scalar", workgroups: invocations(count, device) };
  }
  const cut: Tile = tiles[tile];
  const PIXELS = cut.pixels;
  const PADDED = Number(padding > 0);
  if (cut.form === "quad" && device.subgroups && outChannels % 16 === 0) {
    const count = slices * Math.ceil(pixels / PIXELS) * (outChannels / 4);
    return {
      ...dispatch,
      shader: "conv2d_quad",
      overrides: { PIXELS },
      workgroups: invocations(count, device),
    };
  }
  if (cut.form !== "tiled" || channels % 4 !== 0) {
    const overrides = { PIXELS: Math.min(PIXELS, 8), PADDED };
    const count = slices * Math.ceil(pixels / overrides.PIXELS) * Math.ceil(outChannels / 8);
    return { ...dispatch, shader: "conv2d_direct", overrides, workgroups: invocations(count, device) };
  }
  const [rows, layers] = spread(slices * Math.ceil(pixels / (PIXELS * cut.y)), device);
  return {
    ...dispatch,
    shader: "conv2d_tiled",
    overrides: { PIXELS, WORKGROUP_X: cut.x, WORKGROUP_Y: cut.y },
    workgroups: [Math.ceil(outChannels / (4 * cut.x)), rows, layers],
  };
}

/** Below so many workgroups the tiles are made smaller, so that a small map still occupies a wide GPU. */
export const ENOUGH_WORKGROUPS = 64;

/**
 * On software adapters by quads, without workgroup memory, which saves nothing there; of 4 pixels where there are no more,
 * as Winograd's tiles of a 7×7 map. On GPUs 64 pixels × 64 channels a workgroup, or 32 × 32 where the former would be too
 * few.
 *
 * Measured over layers of ResNet50 and bpclip-s (`bpclip bench kernel`), by the CPU time of the adapter's threads: quads
 * take 0.61 to 0.69 of the time of the direct kernel on llvmpipe, 0.91 to 0.97 on SwiftShader; the best tiled one 1.5 to
 * 2.5 times and 2.4 to 2.8 times that of the direct kernel.
 */
function usualTile(slices: number, pixels: number, outChannels: number, device: Capabilities): TileName {
  if (isSoftware(device)) return pixels > 4 ? "quad16" : "quad4";
  const workgroups = slices * Math.ceil(pixels / 64) * Math.ceil(outChannels / 64);
  return workgroups >= ENOUGH_WORKGROUPS ? "tiled8x16x8" : "tiled8x8x4";
}
