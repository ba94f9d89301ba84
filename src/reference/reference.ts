/**
 * The ops on the CPU, in plain loops: the oracle that every kernel is tested against, and what runs where there is
 * no adapter. Sums are taken in f64, results stored as f32.
 */
import type { Attributes, Inputs, OpType, Shape, Value } from "../graph/graph.js";

/** A tensor in memory, laid out as its Value says. */
export interface Tensor {
  shape: Shape;
  data: Float32Array | Uint32Array;
}

/** An op's inputs with a Tensor in place of each Value. */
export type Tensors<I> = {
  [R in keyof I]: NonNullable<I[R]> extends Value[] ? Tensor[] : Tensor | Extract<I[R], undefined>;
};

/** Computes an op into `output`, whose shape has been inferred. */
export type ReferenceOp<T extends OpType> = (
  inputs: Tensors<Inputs<T>>,
  attributes: Attributes<T>,
  output: { shape: Shape; data: Float32Array },
) => void;
