import { expect, test } from "vitest";
import { GraphBuilder, type Value } from "../../src/graph/graph.js";
import { foldBatchNorm, fuseEpilogues, optimize } from "../../src/graph/rewrite.js";
import { expectClose } from "../support/close.js";
import { runAsIs } from "../support/run-as-is.js";

/** conv → batch norm → + shortcut → relu, as in a bottleneck, then a gate. */
function block(g: GraphBuilder): { conv: Value; relu: Value; gated: Value } {
  const x = g.input("x", [1, 5, 7, 6]);
  const weight = g.parameter("conv.weight", [6, 6, 3, 3]);
  const conv = g.add("conv2d", "conv", { x, weight }, { stride: 1, padding: 1, activation: "none" });
  const vector = (key: string) => g.parameter(`bn.${key}`, [6]);
  const norm = g.add(
    "batchNorm",
    "norm",
    {
      x: conv,
      weight: vector("weight"),
      bias: vector("bias"),
      mean: vector("running_mean"),
      variance: vector("running_var"),
    },
    { eps: 1e-5 },
  );
  const sum = g.add("add", "sum", { a: norm, b: x }, {});
  const relu = g.add("activation", "relu", { x: sum }, { kind: "relu" });
  const gated = g.add("multiply", "gated", { a: relu, b: g.input("gate", [1, 5, 7, 1]) }, {});
  return { conv, relu, gated };
}

test("a bottleneck's tail becomes one convolution that computes the same", () => {
  const g = new GraphBuilder();
  const graph = g.build([block(g).gated]);
  const optimized = optimize(graph);
  expect(optimized.nodes.map(({ op }) => op)).toEqual(["conv2d"]);
  expect(Object.keys(optimized.nodes[0].inputs)).toEqual(
    expect.arrayContaining(["x", "weight", "bias", "residual", "gate"]),
  );
  // Folding rounds each weight once to f32 (6e-8 relative); a sum of 54 products stays well within 1e-6.
  expectClose(runAsIs(optimized)[0], runAsIs(graph)[0], { absolute: 0, relative: 1e-6 }, "fused");
});

test("a value that somebody else reads, or that is an output, is not fused away", () => {
  const g = new GraphBuilder();
  const { conv, relu, gated } = block(g);
  const shared = g.build([relu, gated]);
  expect(optimize(shared).nodes.map(({ op }) => op)).toEqual(["conv2d", "multiply"]);
  expect(() => foldBatchNorm(g.build([conv, gated]))).toThrow(/batch norm "norm"/);
});

test("an addition after an activation stays an addition", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [3, 4]);
  const hidden = g.add("linear", "l", { x, weight: g.parameter("l.weight", [4, 4]) }, { activation: "relu" });
  const graph = g.build([g.add("add", "sum", { a: hidden, b: x }, {})]);
  expect(fuseEpilogues(graph).nodes.map(({ op }) => op)).toEqual(["linear", "add"]);
});

test("a residual is fused whichever side of the addition it stands on", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [3, 4]);
  const hidden = g.add("linear", "l", { x, weight: g.parameter("l.weight", [4, 4]) }, { activation: "none" });
  const graph = g.build([g.add("add", "sum", { a: x, b: hidden }, {})]);
  const fused = fuseEpilogues(graph);
  expect(fused.nodes.map(({ op }) => op)).toEqual(["linear"]);
  expectClose(runAsIs(fused)[0], runAsIs(graph)[0], { absolute: 0, relative: 2e-7 }, "residual");
});
