/** Lays a parameter out as a kernel wants it; see `Packing`. */
import type { Shape, Value } from "../graph/graph.js";
import type { Packing } from "../kernels/kernel.js";
import { roundedChannels, stored } from "./stored.js";
import { transformFilters } from "./winograd-filters.js";

/** The numbers of a parameter, in PyTorch's layout, in the packed order and as they are stored. */
export function packed(
  data: Float32Array,
  { shape, dtype }: Value,
  packing: Packing,
): Float32Array | Uint16Array {
  // All that is packed are weights, a row for each output channel.
  const roundsWeights = dtype === "f16" && packing !== "asIs";
  const values = roundsWeights ? roundedChannels(data, shape[0]) : data;
  return stored(pack(values, shape, packing), dtype);
}

/** @returns `data` itself for "asIs", otherwise a copy in the packed order. */
function pack(data: Float32Array, shape: Shape, packing: Packing): Float32Array {
  if (packing === "asIs") return data;
  if (packing === "winograd2" || packing === "winograd4") return transformFilters(data, shape, packing);
  const [o, i, kh = 1, kw = 1] = shape;
  const taps = kh * kw;
  const ordered = new Float32Array(data.length);
  for (let out = 0; out < o; out++) {
    for (let input = 0; input < i; input++) {
      for (let tap = 0; tap < taps; tap++) {
        ordered[(tap * i + input) * o + out] = data[(out * i + input) * taps + tap];
      }
    }
  }
  return ordered;
}
