/** Convolution, and with it every product of a matrix and many rows: by which method it is computed. */
import type { Activation, NodeOf } from "../graph/graph.js";
import type { Operands } from "./epilogue.js";
import { type Geometry, pixelsOf, planImplicitGemm } from "./implicit-gemm.js";
import { type Capabilities, type Dispatch, isSoftware, type Packing, type Planner } from "./kernel.js";
import { canSplit, planSplit, slicesFor } from "./split-k.js";
import { type ConvolutionMethod, shapeKey } from "./variant.js";
import { canWinograd, planWinograd } from "./winograd.js";

/** activation(x ⋆ weight + bias + residual) · gate. */
export const planConv2d: Planner<"conv2d"> = (node, device) => {
  const { inputs, attributes, output } = node;
  return planConvolution(geometryOf(node), { ...inputs, output }, attributes.activation, "HWIO", device);
};

export function geometryOf({ inputs, attributes, output }: NodeOf<"conv2d">): Geometry {
  const [batch, height, width, channels] = inputs.x.shape;
  const [outChannels, , kernelHeight, kernelWidth] = inputs.weight.shape;
  const [, outHeight, outWidth] = output.shape;
  const { stride, padding } = attributes;
  const kernel = { kernelHeight, kernelWidth, stride, padding };
  return { batch, height, width, channels, outHeight, outWidth, outChannels, ...kernel };
}

/**
 * As `device.convolution` has it, or else as the table of winners, or else as was measured to be the fastest in general;
 * by an implicit GEMM where a method is not for this shape.
 */
export function planConvolution(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  device: Capabilities,
): Dispatch[] {
  const wanted = device.convolution ?? device.tuning?.get(shapeKey(geometry));
  const { method: chosen = fastest(geometry, device), tile } = wanted ?? {};
  // Transformed tiles and partial products would not keep what the result needs in half precision.
  const method = operands.output.dtype === "f16" ? "implicitGemm" : chosen;
  if ((method === "winograd2" || method === "winograd4") && canWinograd(geometry, method, device)) {
    return planWinograd(geometry, operands, activation, method, device, tile);
  }
  if (method === "splitK") {
    const slices = slicesFor(geometry, device);
    if (canSplit(geometry, slices, device)) {
      return planSplit(geometry, operands, activation, packing, slices, device, tile);
    }
  }
  return [planImplicitGemm(geometry, operands, activation, packing, device, 1, tile)];
}

/** The smallest map's side, the fewest channels, and the least pixels × channels² with which F(4×4, 3×3) was faster. */
const winogradFrom = { side: 7, channels: 16, work: 2 ** 19 };

/**
 * The fastest as measured (`bpclip bench kernel conv3x3`, 7 rounds by quads, and `npm run tune:shipped`): CPU time, in the
 * implicit GEMM's, on two cores that were not idle:
 *
 *     3×3, stride 1        llvmpipe                 SwiftShader
 *                          F(4×4)  F(2×2)  split-K  F(4×4)  F(2×2)  split-K
 *     56×56×64             0.64    0.96             0.64    0.87
 *     28×28×128            0.53    0.83             0.57    0.82
 *     14×14×256            0.61    1.13             0.43    0.60
 *     7×7×512              0.67    0.63    0.95     0.52    0.56    0.98
 *     96×128×16            1.20    2.07             1.33    1.69
 *     48×64×32             0.77    1.33             0.61    1.06
 *     24×32×64             0.60    1.18             0.67    1.15
 *     12×16×128            0.37    0.69    1.10     0.47    0.61    1.12
 *     48×64×16             1.18    1.48             1.12    1.69
 *     7×7×128              0.69    0.70    1.64     0.77    0.91    1.25
 *     24×32×16             0.70    1.10             0.95    1.51
 *     7×7×16               1.45    1.54             1.06    1.58
 *
 * With 16 channels either may be the faster; of the sizes that were tuned, the shipped tables know where the implicit GEMM
 * is. On GPUs nothing was measured, so that they keep the implicit GEMM.
 */
function fastest(geometry: Geometry, device: Capabilities): ConvolutionMethod {
  const { height, width, channels, outChannels } = geometry;
  const isWorthIt =
    Math.min(height, width) >= winogradFrom.side &&
    Math.min(channels, outChannels) >= winogradFrom.channels &&
    pixelsOf(geometry) * channels * outChannels >= winogradFrom.work;
  return isSoftware(device) && isWorthIt ? "winograd4" : "implicitGemm";
}
