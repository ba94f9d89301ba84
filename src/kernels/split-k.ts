/**
 * Convolutions of many channels and few outputs: the channels are cut into slices, whose products are computed side by
 * side and then added in a fixed order.
 */
import type { Activation } from "../graph/graph.js";
import { invocations } from "./dispatch-size.js";
import { type Operands, planEpilogue } from "./epilogue.js";
import { ENOUGH_WORKGROUPS, type Geometry, hasVectors, pixelsOf, planImplicitGemm } from "./implicit-gemm.js";
import { type Capabilities, type Dispatch, isSoftware, type Packing, scratch } from "./kernel.js";
import type { TileName } from "./variant.js";

/** A slice has no fewer channels than this, so that its product is worth the sum. */
const MIN_SLICE_CHANNELS = 32;

/** Into how many slices to cut the channels so that a device has work enough; 1 where it has already. */
export function slicesFor(geometry: Geometry, device: Capabilities): number {
  const { channels, outChannels } = geometry;
  // What a workgroup of the smallest tiles computes.
  const [pixels, width] = isSoftware(device) ? [8, 64] : [32, 32];
  const workgroups = Math.ceil(pixelsOf(geometry) / pixels) * Math.ceil(outChannels / width);
  const wanted = Math.ceil(ENOUGH_WORKGROUPS / workgroups);
  return Math.max(1, Math.min(wanted, Math.floor(channels / MIN_SLICE_CHANNELS)));
}

/** Whether a convolution can be cut into slices, and its partial products be bound. */
export function canSplit(geometry: Geometry, slices: number, device: Capabilities): boolean {
  const bytes = 4 * slices * pixelsOf(geometry) * geometry.outChannels;
  return slices > 1 && hasVectors(geometry) && bytes <= device.maxBindingBytes;
}

/** Two dispatches: the products of every slice, and their sum with the epilogue. */
export function planSplit(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  slices: number,
  device: Capabilities,
  tile?: TileName,
): Dispatch[] {
  const { x, weight, output } = operands;
  const pixels = pixelsOf(geometry);
  const outDepth = geometry.outChannels / 4;
  const partials = scratch(`${output.name}.partials`, [slices, pixels, geometry.outChannels]);
  const { fused, bindings } = planEpilogue({ ...operands, x: partials, weight: undefined }, activation);
  return [
    planImplicitGemm(geometry, { x, weight, output: partials }, "none", packing, device, slices, tile),
    {
      shader: "conv2d_sum",
      overrides: {},
      params: [pixels * outDepth, outDepth, slices, fused],
      bindings,
      workgroups: invocations(pixels * outDepth, device),
    },
  ];
}
