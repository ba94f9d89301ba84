/** From pixels as a file holds them to the normalised picture that the backbone reads. */
import type { GraphBuilder, Value } from "../graph/graph.js";
import { orientedSize } from "../image/orientation.js";
import { type AxisWindows, axisWindows } from "../image/windows.js";
import type { ModelConfig } from "./config.js";

/** Pixels before they are turned upright, as they come to the graph. */
export interface PixelFormat {
  width: number;
  height: number;
  /** Bits a channel of the RGBA pixels. */
  depth: 8 | 16;
  /** EXIF orientation, 1..8. */
  orientation: number;
}

/** Sizes, upright, that the picture is resized to one after the other; Pillow's antialiased bicubic. */
export type Resizes = readonly { width: number; height: number }[];

/** The taps of one resize along either axis; none where it leaves that axis as it is. */
interface Passes {
  across?: Value;
  down?: Value;
}

/**
 * Turns pixels upright, lays them over white, resizes and normalises them.
 * @param name Names the graph's input: u32, `width·height` words for 8 bits, twice as many for 16; little-endian RGBA.
 * @returns 1×H×W×3 at the last of the sizes, or at the picture's own.
 */
export function picture(
  g: GraphBuilder,
  format: PixelFormat,
  resizes: Resizes,
  config: Pick<ModelConfig, "mean" | "std">,
  name: string,
): Value {
  const sizes = [orientedSize(format.width, format.height, format.orientation), ...resizes];
  const constants = (axis: "width" | "height", pass: string) => {
    const { shapes, parts } = axisWindows(
      sizes.map((size) => size[axis]),
      [0],
      sizes[sizes.length - 1][axis],
    );
    return shapes.map(
      (shape, i) => shape && g.constant(`${name}.resized${i}.${pass}.taps`, shape, parts[0].taps[i]!),
    );
  };
  const [across, down] = [constants("width", "across"), constants("height", "down")];
  const passes = resizes.map((_, i) => ({ across: across[i], down: down[i] }));
  return normalized(g, resized(g, format, passes, name), config, name);
}

/** What the backbone reads of RGB in [0,1]. */
export function normalized(
  g: GraphBuilder,
  rgb: Value,
  { mean, std }: Pick<ModelConfig, "mean" | "std">,
  name: string,
): Value {
  return g.add("normalize", `${name}.normalized`, { x: rgb }, { mean, std });
}

/**
 * A part of a picture that is resized as by `picture`, from a part of its pixels: RGB in [0,1], 1×H×W×3. Its taps are
 * inputs, so that one graph serves all parts.
 * @param format Of the part of the pixels that is read.
 * @param columns The part's columns; their taps are the inputs that `tapsInputs` names.
 * @param rows Its rows likewise.
 */
export function pictureWindow(
  g: GraphBuilder,
  format: PixelFormat,
  columns: AxisWindows,
  rows: AxisWindows,
  name: string,
): Value {
  const input = (shapes: AxisWindows["shapes"], pass: string) =>
    shapes.map((shape, i) => shape && g.input(tapsInput(name, i, pass), shape));
  const [across, down] = [input(columns.shapes, "across"), input(rows.shapes, "down")];
  const passes = across.map((taps, i) => ({ across: taps, down: down[i] }));
  return resized(g, format, passes, name);
}

/** The taps of one part by the names under which the graph of `pictureWindow` reads them. */
export function tapsInputs(
  name: string,
  { taps: across }: AxisWindows["parts"][number],
  { taps: down }: AxisWindows["parts"][number],
): Record<string, Float32Array> {
  const named = [
    ...across.map((taps, i) => [tapsInput(name, i, "across"), taps] as const),
    ...down.map((taps, i) => [tapsInput(name, i, "down"), taps] as const),
  ];
  return Object.fromEntries(named.flatMap(([key, taps]) => (taps ? [[key, taps]] : [])));
}

function tapsInput(name: string, resize: number, pass: string): string {
  return `${name}.resized${resize}.${pass}.taps`;
}

/** RGB in [0,1] of upright pixels over white. */
function resized(
  g: GraphBuilder,
  { width, height, depth, orientation }: PixelFormat,
  passes: readonly Passes[],
  name: string,
): Value {
  const x = g.input(name, [1, height, width, depth / 8], "u32");
  const round8 = depth === 8;
  // The first pass across reads the pixels themselves: a large picture never exists as floats.
  let rgb = g.add("decodePixels", `${name}.rgb`, { x, taps: passes[0]?.across }, { orientation, round8 });
  for (const [i, { across, down }] of passes.entries()) {
    const step = `${name}.resized${i}`;
    if (i > 0 && across)
      rgb = g.add("resample", `${step}.across`, { x: rgb, taps: across }, { axis: "width", round8 });
    if (down) rgb = g.add("resample", `${step}.down`, { x: rgb, taps: down }, { axis: "height", round8 });
  }
  return rgb;
}
