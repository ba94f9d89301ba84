/** Lays a parameter out as a kernel wants it; see `Packing`. */
import type { Shape } from "../graph/graph.js";
import type { Packing } from "../kernels/kernel.js";
import { transformFilters } from "./winograd-filters.js";

/** @returns `data` itself for "asIs", otherwise a copy in the packed order. */
export function pack(data: Float32Array, shape: Shape, packing: Packing): Float32Array {
  if (packing === "asIs") return data;
  if (packing === "winograd2" || packing === "winograd4") return transformFilters(data, shape, packing);
  const [o, i, kh = 1, kw = 1] = shape;
  const taps = kh * kw;
  const packed = new Float32Array(data.length);
  for (let out = 0; out < o; out++) {
    for (let input = 0; input < i; input++) {
      for (let tap = 0; tap < taps; tap++) {
        packed[(tap * i + input) * o + out] = data[(out * i + input) * taps + tap];
      }
    }
  }
  return packed;
}
