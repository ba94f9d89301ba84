/** Tokens and the vectors made of them. */
import type { ReferenceOp } from "../reference.js";
import { norm } from "./normalization.js";

export const embedding: ReferenceOp<"embedding"> = ({ ids, table }, _, output) => {
  const [rows, width] = table.shape;
  for (let i = 0; i < ids.data.length; i++) {
    const row = Math.min(ids.data[i], rows - 1);
    output.data.set(table.data.subarray(row * width, (row + 1) * width), i * width);
  }
};

export const tokenMean: ReferenceOp<"tokenMean"> = ({ x, weights }, { normalized }, output) => {
  const [batch, tokens, channels] = x.shape;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      let weightSum = 0;
      for (let t = 0; t < tokens; t++) {
        const at = (n * tokens + t) * channels + c;
        const weight = weights ? weights.data[at] : 1;
        sum += x.data[at] * weight;
        weightSum += weight;
      }
      output.data[n * channels + c] = sum / (normalized ? weightSum : tokens);
    }
  }
};

/** A vector of zeros has cosine 0 with everything. */
export const cosine: ReferenceOp<"cosine"> = ({ x, y }, _, output) => {
  const [rows, width] = x.shape;
  const [columns] = y.shape;
  for (let row = 0; row < rows; row++) {
    const a = x.data.subarray(row * width, (row + 1) * width);
    for (let column = 0; column < columns; column++) {
      const b = y.data.subarray(column * width, (column + 1) * width);
      let dot = 0;
      for (let i = 0; i < width; i++) dot += a[i] * b[i];
      output.data[row * columns + column] = dot / (norm(a) * norm(b));
    }
  }
};
