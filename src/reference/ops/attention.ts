import type { ReferenceOp } from "../reference.js";
import { softmaxInPlace } from "./normalization.js";

export const attention: ReferenceOp<"attention"> = ({ q, k, v, residual }, { heads, causal }, output) => {
  const [batch, queries, width] = q.shape;
  const keys = k.shape[1];
  const headWidth = width / heads;
  for (let n = 0; n < batch; n++) {
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < queries; t++) {
        const query = (n * queries + t) * width + head * headWidth;
        const keyAt = (s: number) => (n * keys + s) * width + head * headWidth;
        const scores = new Float64Array(causal ? Math.min(t + 1, keys) : keys);
        for (let s = 0; s < scores.length; s++) {
          const key = keyAt(s);
          let dot = 0;
          for (let c = 0; c < headWidth; c++) dot += q.data[query + c] * k.data[key + c];
          scores[s] = dot / Math.sqrt(headWidth);
        }
        softmaxInPlace(scores);
        const sums = new Float64Array(headWidth);
        for (let s = 0; s < scores.length; s++) {
          const value = keyAt(s);
          for (let c = 0; c < headWidth; c++) sums[c] += scores[s] * v.data[value + c];
        }
        for (let c = 0; c < headWidth; c++) {
          output.data[query + c] = sums[c] + (residual ? residual.data[query + c] : 0);
        }
      }
    }
  }
};
