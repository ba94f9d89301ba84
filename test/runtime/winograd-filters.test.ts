import { expect, test } from "vitest";
import { transformFilters } from "../../src/runtime/winograd-filters.js";

/** Bᵀ, Aᵀ of the shaders, and the outputs along a side. */
const root = Math.SQRT2;
const methods = {
  winograd2: {
    input: [
      [1, 0, -1, 0],
      [0, 1, 1, 0],
      [0, -1, 1, 0],
      [0, 1, 0, -1],
    ],
    output: [
      [1, 1, 1, 0],
      [0, 1, -1, -1],
    ],
  },
  winograd4: {
    input: [
      [1, 0, -2.5, 0, 1, 0],
      [0, -root, -2, root / 2, 1, 0],
      [0, root, -2, -root / 2, 1, 0],
      [0, -root / 2, -0.5, root, 1, 0],
      [0, root / 2, -0.5, -root, 1, 0],
      [0, 1, 0, -2.5, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 0],
      [0, root / 2, -root / 2, root, -root, 0],
      [0, 0.5, 0.5, 2, 2, 0],
      [0, root / 4, -root / 4, 2 * root, -2 * root, 1],
    ],
  },
};

/** m · x · mᵀ of a square x. */
function onBothSides(m: number[][], x: number[][]): number[][] {
  const multiply = (a: number[][], b: number[][]) =>
    a.map((row) => b[0].map((_, column) => row.reduce((sum, value, k) => sum + value * b[k][column], 0)));
  const transposed = m[0].map((_, column) => m.map((row) => row[column]));
  return multiply(multiply(m, x), transposed);
}

test.each(["winograd2", "winograd4"] as const)("%s multiplies as the window does", (method) => {
  const { input, output } = methods[method];
  const side = input.length;
  const [outChannels, channels] = [2, 3];
  const value = (i: number) => Math.fround(Math.sin(1 + 7 * i));
  const weight = Float32Array.from({ length: outChannels * channels * 9 }, (_, i) => value(i));
  const tile = input.map((_, row) => input.map((_, column) => value(100 + row * side + column)));
  const transformedTile = onBothSides(input, tile);
  const transformed = transformFilters(weight, [outChannels, channels, 3, 3], method);
  expect(transformed.length).toBe(side * side * channels * outChannels);
  for (let o = 0; o < outChannels; o++) {
    for (let c = 0; c < channels; c++) {
      const products = transformedTile.map((line, row) =>
        line.map((x, column) => x * transformed[((row * side + column) * channels + c) * outChannels + o]),
      );
      const at = (o * channels + c) * 9;
      for (const [row, line] of onBothSides(output, products).entries()) {
        for (const [column, actual] of line.entries()) {
          let expected = 0;
          for (let k = 0; k < 9; k++) {
            expected += weight[at + k] * tile[row + Math.floor(k / 3)][column + (k % 3)];
          }
          // The filters are rounded to f32, 2⁻²⁴ of numbers below 1, and multiplied by sums of up to 27.
          expect(Math.abs(actual - expected)).toBeLessThan(1e-5);
        }
      }
    }
  }
});
