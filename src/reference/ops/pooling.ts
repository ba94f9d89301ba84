import type { ReferenceOp } from "../reference.js";

/** Places outside the map take no part. */
export const maxPool: ReferenceOp<"maxPool"> = ({ x }, { size, stride, padding }, output) => {
  const [, inHeight, inWidth] = x.shape;
  const [batch, height, width, channels] = output.shape;
  output.data.fill(-Infinity);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * channels;
        const [top, left] = [row * stride - padding, column * stride - padding];
        for (let y = Math.max(top, 0); y < Math.min(top + size, inHeight); y++) {
          for (let x0 = Math.max(left, 0); x0 < Math.min(left + size, inWidth); x0++) {
            const from = ((n * inHeight + y) * inWidth + x0) * channels;
            for (let c = 0; c < channels; c++) {
              output.data[to + c] = Math.max(output.data[to + c], x.data[from + c]);
            }
          }
        }
      }
    }
  }
};

/** The bins may overlap, and a map smaller than the output gives some of its places twice. */
export const adaptiveAvgPool: ReferenceOp<"adaptiveAvgPool"> = ({ x, gate }, _, output) => {
  const [, inHeight, inWidth] = x.shape;
  const [batch, height, width, channels] = output.shape;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const [top, bottom] = bin(row, height, inHeight);
      for (let column = 0; column < width; column++) {
        const [left, right] = bin(column, width, inWidth);
        const sums = new Float64Array(channels);
        for (let y = top; y < bottom; y++) {
          for (let x0 = left; x0 < right; x0++) {
            const place = (n * inHeight + y) * inWidth + x0;
            const opening = gate ? gate.data[place] : 1;
            for (let c = 0; c < channels; c++) sums[c] += x.data[place * channels + c] * opening;
          }
        }
        const to = ((n * height + row) * width + column) * channels;
        const area = (bottom - top) * (right - left);
        for (let c = 0; c < channels; c++) output.data[to + c] = sums[c] / area;
      }
    }
  }
};

/** Where bin k of `count` over `length` places starts, and where it ends (excluded). */
function bin(k: number, count: number, length: number): [start: number, end: number] {
  return [Math.floor((k * length) / count), Math.ceil(((k + 1) * length) / count)];
}
