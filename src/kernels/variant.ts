/**
 * The ways of computing a convolution, by a method and a tile: what planners choose among, and what tables of measured
 * winners name, by the convolution's shape.
 */
import type { Geometry } from "./implicit-gemm.js";

/** How convolutions can be computed; see implicit-gemm.ts, split-k.ts and winograd.ts. */
export const convolutionMethods = ["implicitGemm", "splitK", "winograd2", "winograd4"] as const;

export type ConvolutionMethod = (typeof convolutionMethods)[number];

/** How a product of matrices, which every method comes to, is cut up. */
export type Tile =
  /** Straight from storage: an invocation has so many pixels × 8 channels in registers. */
  | { form: "direct"; pixels: 4 | 8 }
  /** The same, so many pixels × 4 channels, and the four invocations of a quad share what they load of the pixels. */
  | { form: "quad"; pixels: 4 | 16 }
  /**
   * Through workgroup memory: an invocation has so many pixels × 4 channels in registers, and a workgroup x invocations
   * over channels and y over pixels.
   */
  | { form: "tiled"; pixels: 4 | 8; x: number; y: number };

/** By form and an invocation's pixels, and of tiled ones what a workgroup has over channels × over pixels. */
export const tiles = {
  direct8: { form: "direct", pixels: 8 },
  direct4: { form: "direct", pixels: 4 },
  quad16: { form: "quad", pixels: 16 },
  quad4: { form: "quad", pixels: 4 },
  // 64 pixels × 64 channels, or 32 × 32; each by 8 × 4 or by 4 × 4 registers.
  tiled8x16x8: { form: "tiled", pixels: 8, x: 16, y: 8 },
  tiled8x8x4: { form: "tiled", pixels: 8, x: 8, y: 4 },
  tiled4x16x16: { form: "tiled", pixels: 4, x: 16, y: 16 },
  tiled4x8x8: { form: "tiled", pixels: 4, x: 8, y: 8 },
} as const satisfies Record<string, Tile>;

export type TileName = keyof typeof tiles;

export const tileNames = Object.keys(tiles) as TileName[];

/** One way of computing a convolution. */
export interface Variant {
  method: ConvolutionMethod;
  tile: TileName;
}

/** "winograd4 direct8". */
export function variantName({ method, tile }: Variant): string {
  return `${method} ${tile}`;
}

/** The variant of a name, if there is one. */
export function parseVariant(name: string): Variant | undefined {
  const [methodName, tileName, ...rest] = name.split(" ");
  const method = convolutionMethods.find((known) => known === methodName);
  const tile = tileNames.find((known) => known === tileName);
  return method && tile && rest.length === 0 ? { method, tile } : undefined;
}

/**
 * What tables of winners know a convolution by: height × width × channels × output channels, the kernel's height ×
 * width, stride, padding, and the number of pictures where there are several: "56x56x64x64 k3x3 s1 p1". The shorter
 * side comes first, as a map that lies on its side is as much work; a linear layer's rows are a map of height 1.
 */
export function shapeKey(geometry: Geometry): string {
  const { batch, height, width, channels, outChannels, kernelHeight, kernelWidth, stride, padding } =
    geometry;
  const map = [Math.min(height, width), Math.max(height, width), channels, outChannels].join("x");
  const pictures = batch === 1 ? "" : ` n${batch}`;
  return `${map} k${kernelHeight}x${kernelWidth} s${stride} p${padding}${pictures}`;
}
