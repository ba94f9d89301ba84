/** The weights of 3×3 convolutions as the Winograd kernels multiply by them: GgGᵀ; see shaders/include/winograd.wgsl. */
import type { Shape } from "../graph/graph.js";

const root = Math.SQRT2;

/** G at the points of the shaders' Bᵀ and Aᵀ: 0, ±1, ∞ and 0, ±√½, ±√2, ∞. */
const transforms = {
  winograd2: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  winograd4: [
    [1, 0, 0],
    [-2 / 3, -root / 3, -1 / 3],
    [-2 / 3, root / 3, -1 / 3],
    [1 / 6, root / 6, 1 / 3],
    [1 / 6, -root / 6, 1 / 3],
    [0, 0, 1],
  ],
} as const;

/**
 * @param data O×I×3×3.
 * @returns Frequencies × I × O, computed in float64 and rounded once.
 */
export function transformFilters(
  data: Float32Array,
  [o, i]: Shape,
  method: keyof typeof transforms,
): Float32Array {
  const transform = transforms[method];
  const side = transform.length;
  const g0 = Float64Array.from(transform, (row) => row[0]);
  const g1 = Float64Array.from(transform, (row) => row[1]);
  const g2 = Float64Array.from(transform, (row) => row[2]);
  const filters = o * i;
  const packed = new Float32Array(side * side * filters);
  const rows = new Float64Array(3 * side);
  // In the order in which the filters are packed, so that every frequency is written from its start to its end.
  for (let at = 0; at < filters; at++) {
    const filter = 9 * ((at % o) * i + Math.floor(at / o));
    // g·Gᵀ, a row of the filter at a time.
    for (let row = 0; row < 3; row++) {
      const a = data[filter + 3 * row];
      const b = data[filter + 3 * row + 1];
      const c = data[filter + 3 * row + 2];
      for (let k = 0; k < side; k++) rows[row * side + k] = g0[k] * a + g1[k] * b + g2[k] * c;
    }
    for (let column = 0; column < side; column++) {
      const a = rows[column];
      const b = rows[side + column];
      const c = rows[2 * side + column];
      for (let k = 0; k < side; k++) {
        packed[(k * side + column) * filters + at] = g0[k] * a + g1[k] * b + g2[k] * c;
      }
    }
  }
  return packed;
}
