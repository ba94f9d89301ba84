/**
 * 3×3 convolutions by Winograd's minimal filtering: F(2×2, 3×3) does 16 multiplications where the sum over a window
 * takes 36, F(4×4, 3×3) 36 for 144. See shaders/include/winograd.wgsl.
 */
import type { Activation } from "../graph/graph.js";
import { bind } from "./bindings.js";
import { invocations } from "./dispatch-size.js";
import { type Operands, planEpilogue } from "./epilogue.js";
import { type Geometry, hasVectors, planImplicitGemm, productGeometry } from "./implicit-gemm.js";
import { type Capabilities, type Dispatch, scratch } from "./kernel.js";
import type { TileName } from "./variant.js";

/** Outputs along a tile's side, each way of cutting the map a method of its own. */
const sides = { winograd2: 2, winograd4: 4 } as const;

export type Winograd = keyof typeof sides;

interface Tiling {
  rows: number;
  columns: number;
  /** Of all pictures. */
  tiles: number;
  frequencies: number;
}

function tilingOf({ batch, outHeight, outWidth }: Geometry, method: Winograd): Tiling {
  const side = sides[method];
  const rows = Math.ceil(outHeight / side);
  const columns = Math.ceil(outWidth / side);
  return { rows, columns, tiles: batch * rows * columns, frequencies: (side + 2) ** 2 };
}

/** Whether a convolution is one that the transforms are for, and all that is transformed can be bound. */
export function canWinograd(geometry: Geometry, method: Winograd, device: Capabilities): boolean {
  const { kernelHeight, kernelWidth, stride, padding, channels, outChannels } = geometry;
  const isSame3x3 = kernelHeight === 3 && kernelWidth === 3 && stride === 1 && padding === 1;
  const { tiles, frequencies } = tilingOf(geometry, method);
  const bytes = 4 * frequencies * Math.max(tiles * channels, tiles * outChannels, channels * outChannels);
  return isSame3x3 && hasVectors(geometry) && bytes <= device.maxBindingBytes;
}

/**
 * Three dispatches: the input's transform, a product of matrices for each frequency, and the products' transform with
 * the epilogue. The weight is transformed when it is packed.
 */
export function planWinograd(
  geometry: Geometry,
  operands: Operands,
  activation: Activation,
  method: Winograd,
  device: Capabilities,
  tile?: TileName,
): Dispatch[] {
  const { height, width, channels, outChannels } = geometry;
  const { rows, columns, tiles, frequencies } = tilingOf(geometry, method);
  const { x, weight, output } = operands;
  const transformed = scratch(`${output.name}.transformed`, [tiles, frequencies, channels]);
  const products = scratch(`${output.name}.products`, [frequencies, tiles, outChannels]);
  const transform = (channels: number, fused = 0) => ({
    overrides: {},
    params: [tiles * channels, height, width, channels, rows, columns, fused],
    workgroups: invocations(tiles * channels, device),
  });
  const { fused, bindings } = planEpilogue({ ...operands, x: products, weight: undefined }, activation);
  return [
    {
      shader: `${method}_input`,
      ...transform(channels),
      bindings: bind([x], transformed),
    },
    planImplicitGemm(
      productGeometry(tiles, frequencies * channels, outChannels),
      { x: transformed, weight, output: products },
      "none",
      method,
      device,
      frequencies,
      tile,
    ),
    {
      shader: `${method}_output`,
      ...transform(outChannels, fused),
      bindings,
    },
  ];
}
