/** Runs graphs without what executors do to them, so that rewrites can be compared with what they replace. */
import type { Graph, Value } from "../../src/graph/graph.js";
import { resolveParameter } from "../../src/graph/parameters.js";
import { sizeOf } from "../../src/graph/shape.js";
import { referenceOps } from "../../src/reference/ops.js";
import { random } from "./random.js";
import { seededTensor } from "./seeded.js";

const read = (key: string, shape: readonly number[]) => seededTensor(key, shape, 7);

/** The outputs of a graph exactly as it stands, on drawn inputs and a seeded checkpoint. */
export function runAsIs(graph: Graph): Float32Array[] {
  const draw = random(3);
  const results = new Map<Value, Float32Array>(
    graph.inputs.map((input) => [
      input,
      Float32Array.from({ length: sizeOf(input.shape) }, () => 2 * draw() - 1),
    ]),
  );
  for (const node of graph.nodes) {
    const tensors = Object.entries(node.inputs as Record<string, Value | undefined>).map(([role, value]) => [
      role,
      value && { shape: value.shape, data: results.get(value) ?? resolveParameter(value, read) },
    ]);
    const { shape } = node.output;
    const output = { shape, data: new Float32Array(sizeOf(shape)) };
    referenceOps[node.op](Object.fromEntries(tensors) as never, node.attributes as never, output);
    results.set(node.output, output.data);
  }
  return graph.outputs.map((output) => results.get(output)!);
}
