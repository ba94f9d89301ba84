import type { ReferenceOp } from "../reference.js";

export const positionCode: ReferenceOp<"positionCode"> = ({ h, w }, _, output) => {
  const [size, half] = h.shape;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const to = (row * size + column) * 2 * half;
      output.data.set(h.data.subarray(row * half, (row + 1) * half), to);
      output.data.set(w.data.subarray(column * half, (column + 1) * half), to + half);
    }
  }
};

export const resizeBicubic: ReferenceOp<"resizeBicubic"> = ({ x }, _, output) => {
  const [, inHeight, inWidth] = x.shape;
  const [batch, height, width, channels] = output.shape;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const vertical = cubicTaps(row, height, inHeight);
      for (let column = 0; column < width; column++) {
        const horizontal = cubicTaps(column, width, inWidth);
        const sums = new Float64Array(channels);
        for (const [y, wy] of vertical) {
          for (const [x0, wx] of horizontal) {
            const from = ((n * inHeight + y) * inWidth + x0) * channels;
            for (let c = 0; c < channels; c++) sums[c] += wy * wx * x.data[from + c];
          }
        }
        output.data.set(sums, ((n * height + row) * width + column) * channels);
      }
    }
  }
};

/** The four places of a line of `length` that make place k of `count`, each with its weight. */
function cubicTaps(k: number, count: number, length: number): [place: number, weight: number][] {
  const centre = ((k + 0.5) * length) / count - 0.5;
  const first = Math.floor(centre) - 1;
  return [0, 1, 2, 3].map((t) => [
    Math.min(Math.max(first + t, 0), length - 1),
    cubicConvolution(Math.abs(centre - (first + t))),
  ]);
}

/** Keys's cubic convolution kernel at a distance of 0 to 2, with a = −0.75. */
function cubicConvolution(d: number): number {
  const a = -0.75;
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
}
