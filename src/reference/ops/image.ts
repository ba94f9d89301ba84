/** From packed pixels to what the backbone takes. */
import type { ReferenceOp, Tensor } from "../reference.js";

type Side = "top" | "left" | "bottom" | "right";

/** Which side of the picture row 0 and column 0 of the stored pixels are, by orientation (EXIF 2.3, tag 0x0112). */
const FIRST_ROW_AND_COLUMN: Record<number, [row: Side, column: Side]> = {
  1: ["top", "left"],
  2: ["top", "right"],
  3: ["bottom", "right"],
  4: ["bottom", "left"],
  5: ["left", "top"],
  6: ["right", "top"],
  7: ["right", "bottom"],
  8: ["left", "bottom"],
};

export const decodePixels: ReferenceOp<"decodePixels"> = ({ x, taps }, { orientation, round8 }, output) => {
  const [, storedHeight, storedWidth] = x.shape;
  const width = orientation >= 5 ? storedHeight : storedWidth;
  const [, height, outputWidth] = output.shape;
  const upright = { shape: [1, 1, width, 3], data: new Float32Array(width * 3) };
  for (let row = 0; row < height; row++) {
    decodeRow(x, orientation, row, height, upright.data);
    if (round8)
      for (const [i, value] of upright.data.entries()) upright.data[i] = Math.round(value * 255) / 255;
    const at = row * outputWidth * 3;
    const line = { shape: [1, 1, outputWidth, 3], data: output.data.subarray(at, at + outputWidth * 3) };
    if (taps) resample({ x: upright, taps }, { axis: "width", round8 }, line);
    else line.data.set(upright.data);
  }
};

/** Writes a row of the upright picture of `height` rows, RGB over white. */
function decodeRow(x: Tensor, orientation: number, row: number, height: number, to: Float32Array): void {
  const [, , storedWidth, words] = x.shape;
  const [firstRow, firstColumn] = FIRST_ROW_AND_COLUMN[orientation];
  const width = to.length / 3;
  const largest = words === 1 ? 255 : 65535;
  for (let column = 0; column < width; column++) {
    const distanceFrom = { top: row, left: column, bottom: height - 1 - row, right: width - 1 - column };
    const from = (distanceFrom[firstRow] * storedWidth + distanceFrom[firstColumn]) * words;
    const rgba = words === 1 ? unpack8(x.data[from]) : unpack16(x.data[from], x.data[from + 1]);
    const alpha = rgba[3] / largest;
    for (let c = 0; c < 3; c++) to[column * 3 + c] = (rgba[c] / largest) * alpha + (1 - alpha);
  }
}

function unpack8(word: number): number[] {
  return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
}

function unpack16(redGreen: number, blueAlpha: number): number[] {
  return [redGreen & 65535, redGreen >>> 16, blueAlpha & 65535, blueAlpha >>> 16];
}

export const resample: ReferenceOp<"resample"> = ({ x, taps }, { axis, round8 }, output) => {
  const [, inHeight, inWidth] = x.shape;
  const [batch, height, width, channels] = output.shape;
  const step = axis === "height" ? inWidth * channels : channels;
  const [, tapsLength] = taps.shape;
  let to = 0;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const tapsAt = (axis === "height" ? row : column) * tapsLength;
        const start = taps.data[tapsAt];
        const [y, x0] = axis === "height" ? [start, column] : [row, start];
        const from = ((n * inHeight + y) * inWidth + x0) * channels;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let t = 0; t + 1 < tapsLength; t++) {
            const weight = taps.data[tapsAt + 1 + t];
            // A row of taps shorter than the longest is filled with zeros, which may lie outside the picture.
            if (weight === 0) continue;
            const value = x.data[from + t * step + c];
            // Weights of 22 bits after the point times integers sum without error, as Pillow's do.
            sum += weight * (round8 ? Math.round(value * 255) : value);
          }
          output.data[to++] = round8 ? Math.min(Math.max(Math.floor(sum + 0.5), 0), 255) / 255 : sum;
        }
      }
    }
  }
};

export const crop: ReferenceOp<"crop"> = ({ x }, { top, left, height, width }, output) => {
  const [batch, inHeight, inWidth, channels] = x.shape;
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const from = ((n * inHeight + top + row) * inWidth + left) * channels;
      const line = x.data.subarray(from, from + width * channels);
      output.data.set(line, (n * height + row) * width * channels);
    }
  }
};

export const normalize: ReferenceOp<"normalize"> = ({ x }, { mean, std }, output) => {
  for (let i = 0; i < output.data.length; i++) {
    const c = i % mean.length;
    output.data[i] = (x.data[i] - mean[c]) / std[c];
  }
};
