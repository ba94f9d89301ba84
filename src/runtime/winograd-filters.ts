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
  const packed = new Float32Array(side * side * i * o);
  const rows = new Float64Array(3 * side);
  for (let filter = 0; filter < o * i; filter++) {
    // g·Gᵀ, a row of the filter at a time.
    for (let row = 0; row < 3; row++) {
      const at = 9 * filter + 3 * row;
      for (const [column, [g0, g1, g2]] of transform.entries()) {
        rows[row * side + column] = g0 * data[at] + g1 * data[at + 1] + g2 * data[at + 2];
      }
    }
    const at = (filter % i) * o + Math.floor(filter / i);
    for (const [row, [g0, g1, g2]] of transform.entries()) {
      for (let column = 0; column < side; column++) {
        const value = g0 * rows[column] + g1 * rows[side + column] + g2 * rows[2 * side + column];
        packed[(row * side + column) * i * o + at] = value;
      }
    }
  }
  return packed;
}
