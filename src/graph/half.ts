/**
 * Half precision: the feature maps, tokens and parameters of a picture's network stored as f16, which halves what they
 * take and what is moved; every kernel computes in f32. Pixels before they are normalised, and all vectors after the
 * mean over tokens, stay f32: the former may hold steps finer than f16's, and the latter are few and decide the score.
 */
import type { Graph, Node, OpType, Value } from "./graph.js";
import { inputsOf } from "./graph.js";

/** What a network's maps, tokens and parameters are stored in. */
export type Precision = "f32" | "f16";

/** Begin the network, from values that are f32. */
const entries: ReadonlySet<OpType> = new Set(["normalize", "positionCode"]);

/** End it: what they give is f32 again. */
const exits: ReadonlySet<OpType> = new Set(["tokenMean", "cosine"]);

/** The graph with its network stored in half precision; itself where it has no picture's network. */
export function storeInHalf(graph: Graph): Graph {
  const halved = new Set<Value>();
  for (const node of graph.nodes) {
    const continues = !exits.has(node.op) && inputsOf(node).some((input) => halved.has(input));
    if (entries.has(node.op) || continues) halved.add(node.output);
  }
  // An input of the run, such as a reference's features, is as what it meets.
  for (const node of graph.nodes) {
    if (!halved.has(node.output) || entries.has(node.op)) continue;
    for (const input of inputsOf(node)) if (graph.inputs.includes(input)) halved.add(input);
  }

  const halves = new Map<Value, Value>();
  const half = (value: Value): Value => {
    const stored = halves.get(value) ?? { ...value, dtype: "f16" };
    halves.set(value, stored);
    return stored;
  };
  const own = (value: Value): Value => (halved.has(value) ? half(value) : value);
  const nodes = graph.nodes.map((node): Node => {
    // A kernel's tensors are all of one type, but for what an entry reads and an exit writes.
    const readsHalf =
      node.op !== "normalize" &&
      (halved.has(node.output) || inputsOf(node).some((input) => halved.has(input)));
    const read = (value: Value) => (readsHalf && value.parameter ? half(value) : own(value));
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([role, value]: [string, Value | Value[] | undefined]) => [
        role,
        Array.isArray(value) ? value.map(read) : value && read(value),
      ]),
    );
    return { ...node, inputs, output: own(node.output) } as Node;
  });
  return { inputs: graph.inputs.map(own), nodes, outputs: graph.outputs.map(own) };
}
