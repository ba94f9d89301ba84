import { attentionCut } from "../../graph/shape.js";
import type { ReferenceOp, Tensor } from "../reference.js";
import { softmaxInPlace } from "./normalization.js";

export const attention: ReferenceOp<"attention"> = ({ q, k, v, residual }, attributes, output) => {
  const { heads, causal } = attributes;
  const [batch, queries] = q.shape;
  const keys = k.shape[1];
  const { width, ...starts } = attentionCut(q, attributes);
  const headWidth = width / heads;
  /** Where the channels of a head begin for token t of picture n. */
  const place = ({ shape }: Pick<Tensor, "shape">, start: number, n: number, t: number, head: number) =>
    (n * shape[1] + t) * shape[2] + start + head * headWidth;
  for (let n = 0; n < batch; n++) {
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < queries; t++) {
        const query = place(q, starts.q, n, t, head);
        const scores = new Float64Array(causal ? Math.min(t + 1, keys) : keys);
        for (let s = 0; s < scores.length; s++) {
          const key = place(k, starts.k, n, s, head);
          let dot = 0;
          for (let c = 0; c < headWidth; c++) dot += q.data[query + c] * k.data[key + c];
          scores[s] = dot / Math.sqrt(headWidth);
        }
        softmaxInPlace(scores);
        const sums = new Float64Array(headWidth);
        for (let s = 0; s < scores.length; s++) {
          const value = place(v, starts.v, n, s, head);
          for (let c = 0; c < headWidth; c++) sums[c] += scores[s] * v.data[value + c];
        }
        const result = place(output, 0, n, t, head);
        for (let c = 0; c < headWidth; c++) {
          output.data[result + c] = sums[c] + (residual ? residual.data[result + c] : 0);
        }
      }
    }
  }
};
