/** The matrix product under `conv2d` and `linear`, where nearly all of a network's time goes. */

/**
 * a·bᵀ in f64, for a M×depth and b N×depth, both row-major; M×N into `product`.
 *
 * Two rows of each are taken at a time: their four sums do not wait for one another, and each number read serves
 * two products. Where a side is odd the last row is paired with itself.
 */
export function multiplyTransposed(
  a: Float32Array,
  b: Float32Array,
  depth: number,
  product: Float64Array,
): void {
  const rows = a.length / depth;
  const columns = b.length / depth;
  for (let i = 0; i < rows; i += 2) {
    const nextI = Math.min(i + 1, rows - 1);
    for (let j = 0; j < columns; j += 2) {
      const nextJ = Math.min(j + 1, columns - 1);
      const [a0, a1, b0, b1] = [i * depth, nextI * depth, j * depth, nextJ * depth];
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let k = 0; k < depth; k++) {
        const x0 = a[a0 + k];
        const x1 = a[a1 + k];
        const y0 = b[b0 + k];
        const y1 = b[b1 + k];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      product[i * columns + j] = s00;
      product[i * columns + nextJ] = s01;
      product[nextI * columns + j] = s10;
      product[nextI * columns + nextJ] = s11;
    }
  }
}
