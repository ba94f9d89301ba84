/** The work that is counted: totals that are known, and ops small enough to be counted by hand. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  inputsOf,
  type Node,
  type OpType,
  type Value,
} from "../../src/graph/graph.js";
import { optimize } from "../../src/graph/rewrite.js";
import { sizeOf } from "../../src/graph/shape.js";
import { bpclip, features } from "../../src/model/bpclip.js";
import type { ModelConfig } from "../../src/model/config.js";
import { picture } from "../../src/model/picture.js";
import { type Work, workOf, workOfStep } from "../../src/profile/flops.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { smallConfig } from "../support/config.js";

const format = { height: 224, width: 224, depth: 8, orientation: 1 } as const;

/** The operations of all nodes that are of one of these ops. */
function sum(nodes: readonly Node[], ops?: readonly OpType[]): number {
  const counted = nodes.filter(({ op }) => !ops || ops.includes(op));
  return counted.reduce((total, node) => total + workOf(node).flop, 0);
}

/** A network's nodes on a picture of 224×224; of an FR one, its reference's backbone included. */
function networkNodes(config: ModelConfig): readonly Node[] {
  const g = new GraphBuilder();
  const levels = (name: string) => features(g, picture(g, format, [], config, name), config, `${name}.tap`);
  const image = levels("image");
  const { score } = bpclip(g, config, image, config.mode === "fr" ? levels("reference") : undefined);
  return optimize(g.build([score])).nodes;
}

/** Without what is fused into its write: the matrix product alone. */
function plain(node: Node): Node {
  if (node.op !== "conv2d" && node.op !== "linear") return node;
  const { x, weight } = node.inputs;
  return {
    ...node,
    inputs: { x, weight },
    attributes: { ...node.attributes, activation: "none" },
  } as Node;
}

test("ResNet50 at 224×224 is the 4.09 G multiply-adds that torchvision counts, without its classifier's 2 M", () => {
  const config = smallConfig({ backbone: { stem: 64, width: 64, blocks: [3, 4, 6, 3] } });
  const g = new GraphBuilder();
  const levels = features(g, picture(g, format, [], config, "image"), config, "tap");
  const { nodes } = optimize(g.build([levels[4]]));
  const products = sum(nodes.map(plain), ["conv2d"]);
  expect(products / 2 / 1e9).toBeCloseTo(4.087, 3);
  // Biases, residuals, activations, the pool and the picture's preparation are one operation in 250.
  expect(sum(nodes) / products).toBeGreaterThan(1);
  expect(sum(nodes) / products).toBeLessThan(1.005);
});

test.each([
  ["nr", 0.83],
  ["fr", 1.23],
] as const)("bpclip-s %s has the %d GFLOP of matrix products of its model card", async (mode, gflop) => {
  const file = readFileSync(new URL(`../../weights/bpclip-s-${mode}.safetensors`, import.meta.url));
  const { config } = await openCheckpoint(new Uint8Array(file));
  const nodes = networkNodes(config);
  expect(sum(nodes.map(plain), ["conv2d", "linear"]) / 1e9).toBeCloseTo(gflop, 2);
  // All the rest is small beside them, attention the most of it.
  expect(sum(nodes) / 1e9 / gflop).toBeGreaterThan(1.02);
  expect(sum(nodes) / 1e9 / gflop).toBeLessThan(1.04);
});

test("no node reads or writes more bytes than its tensors have, and only views write none", () => {
  for (const node of networkNodes(smallConfig())) {
    const { bytesRead, bytesWritten } = workOf(node);
    const inputs = inputsOf(node).reduce((numbers, { shape }) => numbers + sizeOf(shape), 0);
    expect(bytesRead, node.output.name).toBeLessThanOrEqual(4 * inputs);
    expect(bytesWritten, node.output.name).toBe(node.op === "reshape" ? 0 : 4 * sizeOf(node.output.shape));
  }
});

describe("by hand", () => {
  function work<T extends OpType>(
    op: T,
    inputs: (g: GraphBuilder) => Inputs<T>,
    attributes: Attributes<T>,
  ): Work {
    const g = new GraphBuilder();
    return workOf(g.build([g.add(op, "y", inputs(g), attributes)]).nodes[0]);
  }
  const x = (g: GraphBuilder, ...shape: number[]) => g.input(`x${shape.join("×")}`, shape);

  test("a convolution, with all that is fused into it", () => {
    // 2·(3·3·4) and four more for each of 5·6·8 numbers.
    expect(
      work(
        "conv2d",
        (g) => ({
          x: x(g, 1, 5, 6, 4),
          weight: g.parameter("w", [8, 4, 3, 3]),
          bias: g.parameter("b", [8]),
          residual: g.input("r", [1, 5, 6, 8]),
          gate: g.input("g", [1, 5, 6, 1]),
        }),
        { stride: 1, padding: 1, activation: "relu" },
      ),
    ).toEqual({
      flop: 240 * (72 + 4),
      bytesRead: 4 * (120 + 288 + 8 + 240 + 30),
      bytesWritten: 4 * 240,
    });
  });

  test("a linear layer, of a tensor of any rank", () => {
    expect(
      work("linear", (g) => ({ x: x(g, 2, 3, 5), weight: g.parameter("w", [7, 5]) }), {
        activation: "none",
      }),
    ).toEqual({ flop: 42 * 10, bytesRead: 4 * (30 + 35), bytesWritten: 4 * 42 });
  });

  test("attention sees fewer pairs where it is causal", () => {
    const flopOf = (causal: boolean) =>
      work(
        "attention",
        (g) => ({ q: x(g, 1, 4, 6), k: g.input("k", [1, 4, 6]), v: g.input("v", [1, 4, 6]) }),
        {
          heads: 2,
          causal,
        },
      ).flop;
    // 16 pairs, or 10, of 4·6 and five more a head; and a division for each of 24 numbers.
    expect(flopOf(false)).toBe(16 * 34 + 24);
    expect(flopOf(true)).toBe(10 * 34 + 24);
  });

  test("attention reads no more of wide rows than its own channels", () => {
    const cut = { width: 4, q: 0, k: 4, v: 8 };
    const wide = (g: GraphBuilder) => {
      const [q, k] = [x(g, 1, 3, 12), g.input("k", [1, 5, 12])];
      return { q, k, v: k, residual: g.input("r", [1, 3, 4]) };
    };
    // 15 pairs of 4·4 and five more a head; a division and a sum for each of 12 numbers.
    expect(work("attention", wide, { heads: 2, causal: false, cut })).toEqual({
      flop: 15 * 26 + 24,
      bytesRead: 4 * 4 * (3 + 5 + 5 + 3),
      bytesWritten: 4 * 12,
    });
  });

  test("an average pool counts the places that its bins share twice", () => {
    // 5 rows in 2 bins of 3; 4 columns in 2 of 2; 3 channels.
    expect(work("adaptiveAvgPool", (g) => ({ x: x(g, 1, 5, 4, 3) }), { height: 2, width: 2 }).flop).toBe(
      6 * 4 * 3 + 12,
    );
  });

  test("what is cut from a tensor is all that is read of it", () => {
    const sliced = work("slice", (g) => ({ x: x(g, 1, 8, 8, 16) }), { start: 4, count: 2 });
    expect(sliced).toEqual({ flop: 0, bytesRead: 4 * 128, bytesWritten: 4 * 128 });
    const embedded = work(
      "embedding",
      (g) => ({ ids: g.input("ids", [1, 3], "u32"), table: g.parameter("t", [1000, 8]) }),
      {},
    );
    expect(embedded).toEqual({ flop: 0, bytesRead: 4 * 27, bytesWritten: 4 * 24 });
  });

  test("a tensor that is read in two roles is read once", () => {
    const g = new GraphBuilder();
    const a = g.input("a", [10]);
    const [node] = g.build([g.add("add", "y", { a, b: a }, {})]).nodes;
    expect(workOf(node)).toEqual({ flop: 10, bytesRead: 40, bytesWritten: 40 });
  });

  /** The work of each of a node's steps, which bind these tensors. */
  function worksOf(node: Node, ...steps: { reads: Value[]; writes: Value[] }[]): Work[] {
    return steps.map(({ reads, writes }, part) => {
      const tensors = [
        ...reads.map((value) => ({ value, access: "read" as const })),
        ...writes.map((value) => ({ value, access: "write" as const })),
        { value: null, access: "read" as const },
      ];
      const timed = { kernel: "", variant: {}, workgroups: null, ms: [] };
      return workOfStep({ ...timed, node, part, parts: steps.length, tensors });
    });
  }

  test("the steps of a concatenation copy a part each, and add up to it", () => {
    const g = new GraphBuilder();
    const parts = [g.input("a", [2, 3]), g.input("b", [2, 5])];
    const y = g.add("concat", "y", { parts }, {});
    const [node] = g.build([y]).nodes;
    expect(worksOf(node, { reads: [parts[0]], writes: [y] }, { reads: [parts[1]], writes: [y] })).toEqual([
      { flop: 0, bytesRead: 24, bytesWritten: 24 },
      { flop: 0, bytesRead: 40, bytesWritten: 40 },
    ]);
    expect(workOf(node)).toEqual({ flop: 0, bytesRead: 64, bytesWritten: 64 });
  });

  test("where steps hand on tensors of their own, the product has the operations, and each its bytes", () => {
    const g = new GraphBuilder();
    const weight = g.parameter("w", [50, 20]);
    const [input, bias] = [x(g, 10, 20), g.parameter("b", [50])];
    const y = g.add("linear", "y", { x: input, weight, bias }, { activation: "relu" });
    const [node] = g.build([y]).nodes;
    const partials: Value = { name: "partials", shape: [2, 10, 50], dtype: "f32" };
    expect(
      worksOf(node, { reads: [input, weight], writes: [partials] }, { reads: [partials, bias], writes: [y] }),
    ).toEqual([
      { flop: workOf(node).flop, bytesRead: 4 * 1200, bytesWritten: 4 * 1000 },
      { flop: 0, bytesRead: 4 * 1050, bytesWritten: 4 * 500 },
    ]);
  });
});
