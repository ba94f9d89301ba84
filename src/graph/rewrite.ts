/**
 * Rewrites that keep what a graph computes and make it cheaper: batch norms become part of the convolution before
 * them, and residuals, activations and gates part of the op that writes the values they work on; see also
 * projections.ts.
 */
import { BpclipError } from "../errors.js";
import type { Graph, Node, NodeOf, Value } from "./graph.js";
import { inputsOf } from "./graph.js";
import { stackProjections } from "./projections.js";

/** The graph with batch norms folded, epilogues fused and projections stacked; what executors run. */
export function optimize(graph: Graph): Graph {
  return stackProjections(fuseEpilogues(foldBatchNorm(graph)));
}

/**
 * Folds every batch norm into the convolution before it: weight·γ/√(σ²+ε) and (bias − μ)·γ/√(σ²+ε) + β, computed
 * in float64 when the parameters are resolved.
 * @throws BpclipError (GRAPH_BATCH_NORM) where a batch norm does not follow a plain convolution.
 */
export function foldBatchNorm(graph: Graph): Graph {
  return rewriteConsumers(graph, (node, producerOf) => {
    if (node.op !== "batchNorm") return undefined;
    const conv = producerOf(node.inputs.x);
    if (conv?.op !== "conv2d" || !isPlain(conv)) {
      throw new BpclipError(
        "GRAPH_BATCH_NORM",
        `The batch norm "${node.output.name}" does not follow a plain convolution of its own.`,
        "Build batch norms directly on a conv2d without activation, residual or gate.",
      );
    }
    const { x: _, ...vectors } = node.inputs;
    const norm = { ...vectors, eps: node.attributes.eps };
    const { weight, bias } = conv.inputs;
    const folded = `folded into ${norm.weight.name}`;
    const foldedWeight: Value = {
      name: `${weight.name} ${folded}`,
      shape: weight.shape,
      dtype: "f32",
      parameter: { kind: "foldedWeight", weight, norm },
    };
    const foldedBias: Value = {
      name: `bias of ${weight.name} ${folded}`,
      shape: norm.bias.shape,
      dtype: "f32",
      parameter: { kind: "foldedBias", bias, norm },
    };
    const inputs = { ...conv.inputs, weight: foldedWeight, bias: foldedBias };
    return { node: { ...conv, inputs, output: node.output }, absorbed: conv.output };
  });
}

/** Moves residual additions, activations and gates into the convolution, linear or attention op before them. */
export function fuseEpilogues(graph: Graph): Graph {
  return rewriteConsumers(graph, (node, producerOf) => {
    switch (node.op) {
      case "add":
        return (
          fuseResidual(producerOf(node.inputs.a), node.inputs.b, node.output) ??
          fuseResidual(producerOf(node.inputs.b), node.inputs.a, node.output)
        );
      case "activation":
        return fuseActivation(producerOf(node.inputs.x), node);
      case "multiply":
        return fuseGate(producerOf(node.inputs.a), node);
      default:
        return undefined;
    }
  });
}

function fuseResidual(producer: Node | undefined, residual: Value, output: Value): Merge | undefined {
  if (!producer || producer.output.shape.join() !== residual.shape.join()) return undefined;
  const absorbed = producer.output;
  if (producer.op === "conv2d" && isPlain(producer)) {
    return { node: { ...producer, inputs: { ...producer.inputs, residual }, output }, absorbed };
  }
  if (producer.op === "linear" && isPlain(producer)) {
    return { node: { ...producer, inputs: { ...producer.inputs, residual }, output }, absorbed };
  }
  if (producer.op === "attention" && !producer.inputs.residual) {
    return { node: { ...producer, inputs: { ...producer.inputs, residual }, output }, absorbed };
  }
  return undefined;
}

function fuseActivation(producer: Node | undefined, node: NodeOf<"activation">): Merge | undefined {
  if (producer?.op !== "conv2d" && producer?.op !== "linear") return undefined;
  if (producer.attributes.activation !== "none" || gateOf(producer)) return undefined;
  const attributes = { ...producer.attributes, activation: node.attributes.kind };
  return { node: { ...producer, attributes, output: node.output } as Node, absorbed: producer.output };
}

function fuseGate(producer: Node | undefined, node: NodeOf<"multiply">): Merge | undefined {
  const gate = node.inputs.b;
  const isGate = gate.shape[gate.shape.length - 1] === 1;
  if (producer?.op !== "conv2d" || gateOf(producer) || !isGate) return undefined;
  const inputs = { ...producer.inputs, gate };
  return { node: { ...producer, inputs, output: node.output }, absorbed: producer.output };
}

function gateOf(node: NodeOf<"conv2d"> | NodeOf<"linear">): Value | undefined {
  return node.op === "conv2d" ? node.inputs.gate : undefined;
}

/** Whether nothing is fused into the op's write yet. */
function isPlain(node: NodeOf<"conv2d"> | NodeOf<"linear">): boolean {
  return node.attributes.activation === "none" && !node.inputs.residual && !gateOf(node);
}

/** A producer and its only reader as one node. */
interface Merge {
  node: Node;
  /** The producer's result, which nobody computes any more. */
  absorbed: Value;
}

/**
 * Goes through the nodes in order and lets `merge` replace a node and the producer of one of its inputs by a single
 * node at the later place. `producerOf` gives only producers that nobody else reads.
 */
function rewriteConsumers(
  graph: Graph,
  merge: (node: Node, producerOf: (value: Value) => Node | undefined) => Merge | undefined,
): Graph {
  const readers = new Map<Value, number>();
  const addReader = (value: Value) => readers.set(value, (readers.get(value) ?? 0) + 1);
  for (const node of graph.nodes) inputsOf(node).forEach(addReader);
  graph.outputs.forEach(addReader);

  const producers = new Map<Value, Node>();
  for (const node of graph.nodes) {
    const merged = merge(node, (value) => (readers.get(value) === 1 ? producers.get(value) : undefined));
    if (merged) producers.delete(merged.absorbed);
    producers.set(node.output, merged?.node ?? node);
  }
  return { ...graph, nodes: [...producers.values()] };
}
