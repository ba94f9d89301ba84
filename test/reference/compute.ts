import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  type OpType,
  type Value,
} from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/shape.js";
import { referenceOps } from "../../src/reference/ops.js";
import type { Tensor, Tensors } from "../../src/reference/reference.js";

/** Runs one op of the oracle, in the shape that the graph infers for it. */
export function compute<T extends OpType>(
  op: T,
  inputs: Tensors<Inputs<T>>,
  attributes: Attributes<T>,
): { shape: readonly number[]; data: Float32Array } {
  const builder = new GraphBuilder();
  const asValue = (role: string, { shape, data }: Tensor): Value =>
    builder.input(role, shape, data instanceof Uint32Array ? "u32" : "f32");
  const values = Object.entries(inputs as Record<string, Tensor | Tensor[]>).map(([role, tensor]) => [
    role,
    Array.isArray(tensor) ? tensor.map((part, i) => asValue(`${role}.${i}`, part)) : asValue(role, tensor),
  ]);
  const { shape } = builder.add(op, op, Object.fromEntries(values) as Inputs<T>, attributes);
  const output = { shape, data: new Float32Array(sizeOf(shape)) };
  referenceOps[op](inputs, attributes, output);
  return output;
}

/** A tensor of these numbers. */
export function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, data: Float32Array.from(values) };
}

/** A tensor of 0, 1, 2, …. */
export function counting(...shape: number[]): Tensor {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => i) };
}
