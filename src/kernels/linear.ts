/** Linear layers: as 1×1 convolutions where there are many rows, by a kernel of their own where there are few. */
import { sizeOf } from "../graph/shape.js";
import { planConvolution } from "./conv2d.js";
import { planEpilogue } from "./epilogue.js";
import { productGeometry } from "./implicit-gemm.js";
import type { Planner } from "./kernel.js";

/** Up to so many rows a product is bound by reading the weights, and its sums are split among invocations. */
const FEW_ROWS = 4;

/** activation(x·weightᵀ + bias + residual): `linear_row` up to FEW_ROWS rows, else a 1×1 convolution of rows. */
export const planLinear: Planner<"linear"> = ({ inputs, attributes, output }, device) => {
  const [outputs, width] = inputs.weight.shape;
  const rows = sizeOf(inputs.x.shape) / width;
  const operands = { ...inputs, output };
  if (rows <= FEW_ROWS) {
    const { fused, bindings } = planEpilogue(operands, attributes.activation, "IO");
    return [
      {
        shader: "linear_row",
        overrides: {},
        params: [width, outputs, fused],
        bindings,
        workgroups: [Math.ceil(outputs / 16), rows, 1],
      },
    ];
  }
  const geometry = productGeometry(rows, width, outputs);
  return planConvolution(geometry, operands, attributes.activation, "IO", device);
};
