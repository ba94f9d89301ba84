/**
 * The projections of the same tokens as one product. A level's tokens are projected up to six times, for the queries,
 * keys and values of several attention blocks: small products each, which a single one with as many outputs computes
 * faster. Attention reads its channels of the result in place.
 */
import type { Graph, Node, NodeOf, Value } from "./graph.js";
import { inputsOf } from "./graph.js";
import { attentionCut } from "./shape.js";

/** In these roles attention reads tokens, which may be channels of a wider tensor. */
const roles = ["q", "k", "v"] as const;

/** The graph with a single linear layer in place of those of one x whose results only attention reads. */
export function stackProjections(graph: Graph): Graph {
  return cutAttention(stackLayers(graph));
}

/** Stacks the layers' weights one above the other, and makes their results slices of what comes of it. */
function stackLayers(graph: Graph): Graph {
  const groups = new Map<Value, NodeOf<"linear">[]>();
  for (const layer of projectionsOf(graph)) {
    const { x } = layer.inputs;
    groups.set(x, [...(groups.get(x) ?? []), layer]);
  }
  const places = new Map<Node, Node[]>();
  for (const layers of groups.values()) {
    if (layers.length === 1) continue;
    // All of them where the first was, where x is there already.
    for (const layer of layers) places.set(layer, []);
    places.set(layers[0], stacked(layers));
  }
  return { ...graph, nodes: graph.nodes.flatMap((node) => places.get(node) ?? [node]) };
}

/** The biased linear layers, without anything fused into them, whose results are tokens of attention and nothing else. */
function projectionsOf(graph: Graph): NodeOf<"linear">[] {
  const attended = new Set<Value>();
  const elsewhere = new Set<Value | undefined>(graph.outputs);
  for (const node of graph.nodes) {
    if (node.op === "attention") {
      for (const role of roles) attended.add(node.inputs[role]);
      elsewhere.add(node.inputs.residual);
    } else {
      for (const value of inputsOf(node)) elsewhere.add(value);
    }
  }
  return graph.nodes.filter((node): node is NodeOf<"linear"> => {
    if (node.op !== "linear" || !attended.has(node.output) || elsewhere.has(node.output)) return false;
    const { bias, residual } = node.inputs;
    return bias !== undefined && residual === undefined && node.attributes.activation === "none";
  });
}

/** The layers as one, and a slice for each of their results. */
function stacked(layers: readonly NodeOf<"linear">[]): Node[] {
  const [{ inputs, attributes, output }] = layers;
  const { x } = inputs;
  const weight = stackedParameter(layers.map(({ inputs }) => inputs.weight));
  const bias = stackedParameter(layers.flatMap(({ inputs }) => inputs.bias ?? []));
  const shape = [...output.shape.slice(0, -1), bias.shape[0]];
  const wide: Value = { name: `${x.name}.projections`, shape, dtype: "f32" };
  let end = 0;
  const slices = layers.map(({ inputs, output }): Node => {
    const [count] = inputs.weight.shape;
    const start = end;
    end += count;
    return { op: "slice", inputs: { x: wide }, attributes: { start, count }, output };
  });
  return [{ op: "linear", inputs: { x, weight, bias }, attributes, output: wide }, ...slices];
}

function stackedParameter(parts: readonly Value[]): Value {
  const [, ...inner] = parts[0].shape;
  return {
    name: parts.map(({ name }) => name).join(" + "),
    shape: [parts.reduce((rows, { shape }) => rows + shape[0], 0), ...inner],
    dtype: "f32",
    parameter: { kind: "stacked", parts },
  };
}

/** Lets attention read what its q, k and v are slices of, and leaves out the slices that nobody else reads. */
export function cutAttention(graph: Graph): Graph {
  const slices = new Map(
    graph.nodes.flatMap((node) => (node.op === "slice" ? [[node.output, node] as const] : [])),
  );
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== "attention" || !roles.some((role) => slices.has(node.inputs[role]))) return node;
    const inputs = { ...node.inputs };
    const cut = { ...attentionCut(node.inputs.q, node.attributes) };
    for (const role of roles) {
      const slice = slices.get(inputs[role]);
      if (!slice) continue;
      inputs[role] = slice.inputs.x;
      cut[role] += slice.attributes.start;
    }
    return { ...node, inputs, attributes: { ...node.attributes, cut } };
  });
  const read = new Set([...nodes.flatMap(inputsOf), ...graph.outputs]);
  return { ...graph, nodes: nodes.filter(({ op, output }) => op !== "slice" || read.has(output)) };
}
