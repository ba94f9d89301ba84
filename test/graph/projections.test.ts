import { expect, test } from "vitest";
import { type Graph, GraphBuilder, inputsOf, type Value } from "../../src/graph/graph.js";
import { checkpointTensors } from "../../src/graph/parameters.js";
import { cutAttention, stackProjections } from "../../src/graph/projections.js";
import { expectClose } from "../support/close.js";
import { runAsIs } from "../support/run-as-is.js";

/** Attention of two sets of tokens to each other and to themselves, as in the network's branches. */
function attentions(g: GraphBuilder) {
  const [x, y] = ["x", "y"].map((name) => g.input(name, [1, 5, 6]));
  const project = (tokens: Value, name: string) => {
    const [weight, bias] = [g.parameter(`${name}.weight`, [4, 6]), g.parameter(`${name}.bias`, [4])];
    return g.add("linear", name, { x: tokens, weight, bias }, { activation: "none" });
  };
  const attend = (name: string, queries: Value, context: Value) => {
    const q = project(queries, `${name}.q`);
    const [k, v] = ["k", "v"].map((role) => project(context, `${name}.${role}`));
    return g.add("attention", name, { q, k, v }, { heads: 2, causal: false });
  };
  return { x, project, results: [attend("cross", x, y), attend("self", x, x)] };
}

// The same sums in the same order.
const same = { absolute: 0, relative: 0 };

test("the projections of the same tokens become one layer, which attention reads in place", () => {
  const g = new GraphBuilder();
  const graph = g.build(attentions(g).results);
  expect(graph.nodes).toHaveLength(8);
  const stacked = stackProjections(graph);
  expect(stacked.nodes.map(({ output }) => output.name)).toEqual([
    "x.projections",
    "y.projections",
    "cross",
    "self",
  ]);
  expect(stacked.nodes.map(({ output }) => output.shape)).toEqual([
    [1, 5, 16],
    [1, 5, 8],
    [1, 5, 4],
    [1, 5, 4],
  ]);
  const results = runAsIs(stacked);
  for (const [i, expected] of runAsIs(graph).entries()) expectClose(results[i], expected, same, "stacked");
});

test("the checkpoint's tensors are found in stacked parameters", () => {
  const g = new GraphBuilder();
  const graph = g.build(attentions(g).results);
  const keysOf = (of: Graph) => checkpointTensors(of).map(({ key, shape }) => `${key} ${shape}`);
  expect(keysOf(stackProjections(graph)).sort()).toEqual(keysOf(graph).sort());
});

test("a projection that is an output, or that more than attention reads, stays a layer of its own", () => {
  const g = new GraphBuilder();
  const { x, project, results } = attentions(g);
  const kept = project(x, "kept");
  const doubled = g.add("add", "doubled", { a: kept, b: kept }, {});
  const read = g.add("attention", "third", { q: kept, k: kept, v: kept }, { heads: 1, causal: false });
  const outputs = g.build([project(x, "output"), ...results, doubled, read]);
  const names = stackProjections(outputs).nodes.map(({ output }) => output.name);
  expect(names).toEqual(expect.arrayContaining(["output", "kept", "x.projections", "y.projections"]));
  const [alone] = results;
  // Of x, only one is left.
  expect(stackProjections(g.build([alone])).nodes.map(({ output }) => output.name)).toEqual([
    "cross.q",
    "y.projections",
    "cross",
  ]);
});

test("attention reads slices of slices no further than the nearest, and of a residual nothing", () => {
  const g = new GraphBuilder();
  const wide = g.input("wide", [1, 3, 12]);
  const slice = (name: string, x: Value, start: number) => g.add("slice", name, { x }, { start, count: 4 });
  const half = g.add("slice", "half", { x: wide }, { start: 2, count: 10 });
  const [q, k, v] = [slice("q", half, 1), slice("k", wide, 8), g.input("v", [1, 3, 4])];
  const residual = slice("residual", wide, 4);
  const y = g.add("attention", "y", { q, k, v, residual }, { heads: 2, causal: true });
  const graph = g.build([y]);
  const cut = cutAttention(graph);
  expect(cut.nodes.map(({ output }) => output.name)).toEqual(["half", "residual", "y"]);
  expect(inputsOf(cut.nodes[2]).map(({ name }) => name)).toEqual(["half", "wide", "v", "residual"]);
  expect(cut.nodes[2].attributes).toMatchObject({ cut: { width: 4, q: 1, k: 8, v: 0 } });
  expectClose(runAsIs(cut)[0], runAsIs(graph)[0], same, "cut");
});
