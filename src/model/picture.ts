/** From pixels as a file holds them to the normalised picture that the backbone reads. */
import type { GraphBuilder, Value } from "../graph/graph.js";
import { orientedSize } from "../image/orientation.js";
import { resampleTaps } from "../image/resample.js";
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

/**
 * Turns pixels upright, lays them over white, resizes and normalises them.
 * @param name Names the graph's input: u32, `width·height` words for 8 bits, twice as many for 16; little-endian RGBA.
 * @returns 1×H×W×3 at the last of the sizes, or at the picture's own.
 */
export function picture(
  g: GraphBuilder,
  format: PixelFormat,
  resizes: Resizes,
  { mean, std }: Pick<ModelConfig, "mean" | "std">,
  name: string,
): Value {
  const { width, height, depth, orientation } = format;
  const x = g.input(name, [1, height, width, depth / 8], "u32");
  const upright = orientedSize(width, height, orientation);
  const round8 = depth === 8;
  let size = upright;
  let rgb: Value | undefined;
  for (const [i, target] of resizes.entries()) {
    const step = `${name}.resized${i}`;
    const across =
      size.width === target.width ? undefined : taps(g, `${step}.across.taps`, size.width, target.width);
    // The first pass across reads the pixels themselves: a large picture never exists as floats.
    if (!rgb) rgb = g.add("decodePixels", `${name}.rgb`, { x, taps: across }, { orientation, round8 });
    else if (across)
      rgb = g.add("resample", `${step}.across`, { x: rgb, taps: across }, { axis: "width", round8 });
    if (size.height !== target.height) {
      const down = taps(g, `${step}.down.taps`, size.height, target.height);
      rgb = g.add("resample", `${step}.down`, { x: rgb, taps: down }, { axis: "height", round8 });
    }
    size = target;
  }
  rgb ??= g.add("decodePixels", `${name}.rgb`, { x }, { orientation, round8 });
  return g.add("normalize", `${name}.normalized`, { x: rgb }, { mean, std });
}

/** Pillow's bicubic coefficients as the `resample` op reads them: a row is the first source index, then the weights. */
function taps(g: GraphBuilder, name: string, from: number, to: number): Value {
  const { count, start, weights } = resampleTaps(from, to, "bicubic");
  const data = new Float32Array(to * (1 + count));
  for (let o = 0; o < to; o++) {
    data[o * (1 + count)] = start[o];
    data.set(weights.subarray(o * count, (o + 1) * count), o * (1 + count) + 1);
  }
  return g.constant(name, [to, 1 + count], data);
}
