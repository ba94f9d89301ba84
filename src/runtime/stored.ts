/** Numbers as a GPU stores them: f32, or the bits of f16, filled up to a whole word. */
import type { DType, Shape } from "../graph/graph.js";
import { sizeOf } from "../graph/shape.js";
import { decodeFloat16, encodeFloat16 } from "../weights/float16.js";

/** @returns `values` itself unless they are to be f16. */
export function stored(values: Float32Array, dtype: DType): Float32Array | Uint16Array {
  if (dtype !== "f16") return values;
  const halves = new Uint16Array(2 * Math.ceil(values.length / 2));
  halves.set(encodeFloat16(values));
  return halves;
}

/** The f32 values of a tensor that lies at `offset` of what was read back. */
export function loaded(bytes: ArrayBuffer, offset: number, shape: Shape, dtype: DType): Float32Array {
  const count = sizeOf(shape);
  return dtype === "f16"
    ? decodeFloat16(new Uint16Array(bytes, offset, count))
    : new Float32Array(bytes, offset, count);
}
