import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { type Attributes, GraphBuilder } from "../../src/graph/graph.js";

test("a wrong shape is reported by op name with both shapes", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 8, 8, 3]);
  const weight = g.parameter("w", [16, 4, 3, 3]);
  const add = () => g.add("conv2d", "stem", { x, weight }, { stride: 1, padding: 1, activation: "none" });
  expect(add).toThrow(ShapeError);
  expect(add).toThrow(/conv2d "stem".*x \[1×8×8×3\] and w \[16×4×3×3\]/);
});

test("a window larger than the padded map is refused", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 2, 2, 1]);
  const weight = g.parameter("w", [1, 1, 7, 7]);
  expect(() => g.add("conv2d", "c", { x, weight }, { stride: 1, padding: 0, activation: "none" })).toThrow(
    ShapeError,
  );
});

test.each([
  [224, 112],
  [225, 113],
  [317, 159],
])("a 7×7 stride-2 convolution halves %i to %i, rounding up", (side, half) => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, side, side, 3]);
  const weight = g.parameter("w", [64, 3, 7, 7]);
  const y = g.add("conv2d", "stem", { x, weight }, { stride: 2, padding: 3, activation: "none" });
  expect(y.shape).toEqual([1, half, half, 64]);
});

test("add repeats b over a's leading dimensions only", () => {
  const g = new GraphBuilder();
  const a = g.input("a", [2, 3, 4]);
  expect(g.add("add", "ok", { a, b: g.input("b", [1, 3, 4]) }, {}).shape).toEqual([2, 3, 4]);
  expect(g.add("add", "one", { a, b: g.input("f", [1]) }, {}).shape).toEqual([2, 3, 4]);
  expect(g.add("add", "row", { a, b: g.input("c", [4]) }, {}).shape).toEqual([2, 3, 4]);
  expect(() => g.add("add", "bad", { a, b: g.input("d", [2, 3, 1]) }, {})).toThrow(ShapeError);
  expect(() => g.add("add", "worse", { a, b: g.input("e", [2, 1, 4]) }, {})).toThrow(ShapeError);
});

test("two values of one name are refused, and unneeded ops are left out", () => {
  const g = new GraphBuilder();
  const x = g.input("x", [1, 4]);
  const y = g.add("activation", "y", { x }, { kind: "relu" });
  g.add("activation", "unused", { x: y }, { kind: "relu" });
  expect(() => g.add("activation", "y", { x }, { kind: "relu" })).toThrow(/named "y"/);
  const graph = g.build([y]);
  expect(graph.nodes.map(({ output }) => output.name)).toEqual(["y"]);
});

test("attention finds its channels in wider rows only where it is told to", () => {
  const g = new GraphBuilder();
  const [q, k] = [g.input("q", [1, 3, 8]), g.input("k", [1, 5, 12])];
  const attend = (name: string, attributes: Partial<Attributes<"attention">>) =>
    g.add("attention", name, { q, k, v: k }, { heads: 2, causal: false, ...attributes });
  expect(attend("cut", { cut: { width: 4, q: 4, k: 0, v: 8 } }).shape).toEqual([1, 3, 4]);
  expect(() => attend("whole", {})).toThrow(ShapeError);
  expect(() => attend("beyond", { cut: { width: 4, q: 5, k: 0, v: 8 } })).toThrow(ShapeError);
  expect(() => attend("odd", { cut: { width: 3, q: 0, k: 0, v: 3 } })).toThrow(/2 heads divide/);
});
