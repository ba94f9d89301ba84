/** Convolution, and with it every product of a matrix and many rows: by which method it is computed. */
import type { Activation } from "../graph/graph.js";
import type { Operands } from "./epilogue.js";
import { type Geometry, planImplicitGemm } from "./implicit-gemm.js";
import type { Capabilities, ConvolutionMethod, Dispatch, Packing, Planner } from "./kernel.js";
import { canSplit, planSplit, slicesFor } from "./split-k.js";
import { canWinograd, planWinograd } from "./winograd.js";

/** activation(x ⋆ weight + bias + residual) · gate. */
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

/** By the method that `device.convolution` names, or else the fastest; by an implicit GEMM where that cannot be. */
export function planConvolution(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  packing: Packing,
  device: Capabilities,
): Dispatch[] {
  const method = device.convolution ?? fastest(geometry, device);
  if ((method === "winograd2" || method === "winograd4") && canWinograd(geometry, method, device)) {
    return planWinograd(geometry, operands, activation, method, device);
  }
  if (method === "splitK") {
    const slices = slicesFor(geometry, device);
    if (canSplit(geometry, slices, device)) {
      return planSplit(geometry, operands, activation, packing, slices, device);
    }
  }
  return [planImplicitGemm(geometry, operands, activation, packing, device)];
}

/** By what was measured. */
function fastest(_geometry: Geometry, _device: Capabilities): ConvolutionMethod {
  return "implicitGemm";
}
