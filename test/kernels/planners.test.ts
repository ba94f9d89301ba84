import { describe, expect, it } from "vitest";
import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  type Node,
  type OpType,
  type Shape,
} from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/shape.js";
import { invocations, spread } from "../../src/kernels/dispatch-size.js";
import type { Capabilities, Dispatch } from "../../src/kernels/kernel.js";
import { planNode } from "../../src/kernels/planners.js";
import { shaders } from "../../src/kernels/shaders.generated.js";
import { expectCode } from "../support/errors.js";

/** WebGPU's default limits. */
const device: Capabilities = {
  family: "unknown",
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};

function nodeOf<T extends OpType>(
  op: T,
  inputs: (build: GraphBuilder) => Inputs<T>,
  attributes: Attributes<T>,
): Node {
  const build = new GraphBuilder();
  return build.build([build.add(op, "op", inputs(build), attributes)]).nodes[0];
}

/** A node of each op that a kernel runs, on maps of `height`×`width`. */
function nodes(
  height: number,
  width: number,
  channels = 64,
): Record<Exclude<OpType, "reshape" | "batchNorm">, Node> {
  const map: Shape = [1, height, width, channels];
  const gate: Shape = [1, height, width, 1];
  const taps: Shape = [512, 40];
  const x = (shape: Shape) => (build: GraphBuilder) => ({ x: build.input("x", shape) });
  const ab = (a: Shape, b: Shape) => (build: GraphBuilder) => ({
    a: build.input("a", a),
    b: build.input("b", b),
  });
  const vector = (build: GraphBuilder, name: string) => build.parameter(name, [channels]);
  return {
    conv2d: nodeOf(
      "conv2d",
      (g) => ({ x: g.input("x", map), weight: g.parameter("w", [64, channels, 1, 1]) }),
      {
        stride: 1,
        padding: 0,
        activation: "none",
      },
    ),
    linear: nodeOf("linear", (g) => ({ x: g.input("x", map), weight: g.parameter("w", [64, channels]) }), {
      activation: "none",
    }),
    attention: nodeOf(
      "attention",
      (g) => {
        const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, [1, 49, 64]));
        return { q, k, v };
      },
      { heads: 1, causal: false },
    ),
    activation: nodeOf("activation", x(map), { kind: "gelu" }),
    add: nodeOf("add", ab(map, [width, channels]), {}),
    multiply: nodeOf("multiply", ab(map, gate), {}),
    absoluteDifference: nodeOf("absoluteDifference", ab(map, map), { smooth: true }),
    concat: nodeOf("concat", (g) => ({ parts: [g.input("a", map), g.input("b", gate)] }), {}),
    slice: nodeOf("slice", x(map), { start: 1, count: channels - 1 }),
    maxPool: nodeOf("maxPool", x(map), { size: 3, stride: 1, padding: 1 }),
    adaptiveAvgPool: nodeOf(
      "adaptiveAvgPool",
      (g) => ({ x: g.input("x", map), gate: g.input("gate", gate) }),
      { height: height >> 1, width: width >> 1 },
    ),
    layerNorm: nodeOf(
      "layerNorm",
      (g) => ({ x: g.input("x", map), weight: vector(g, "weight"), bias: vector(g, "bias") }),
      { eps: 1e-5 },
    ),
    softmax: nodeOf("softmax", x(map), { scale: 1 }),
    embedding: nodeOf(
      "embedding",
      (g) => ({ ids: g.input("ids", [height, width], "u32"), table: g.parameter("table", [10, channels]) }),
      {},
    ),
    tokenMean: nodeOf("tokenMean", x([1, height * width, channels]), { normalized: true }),
    l2Normalize: nodeOf("l2Normalize", x(map), {}),
    cosine: nodeOf(
      "cosine",
      (g) => ({ x: g.input("x", [height, channels]), y: g.input("y", [width, channels]) }),
      {},
    ),
    positionCode: nodeOf(
      "positionCode",
      (g) => ({ h: g.input("h", [height, channels]), w: g.input("w", [height, channels]) }),
      {},
    ),
    resizeBicubic: nodeOf("resizeBicubic", x([1, 12, 12, channels]), { height, width }),
    decodePixels: nodeOf("decodePixels", (g) => ({ x: g.input("x", [1, height, width, 1], "u32") }), {
      orientation: 6,
      round8: true,
    }),
    resample: nodeOf(
      "resample",
      (g) => ({ x: g.input("x", [1, height, width, 3]), taps: g.parameter("taps", taps) }),
      { axis: "height", round8: true },
    ),
    crop: nodeOf("crop", x(map), { top: 1, left: 1, height: height - 1, width: width - 1 }),
    normalize: nodeOf("normalize", x([1, height, width, 3]), { mean: [0, 0, 0], std: [1, 1, 1] }),
  };
}

/** Numbers of the output that a workgroup computes; a row of the output has `channels`. */
function numbersPerWorkgroup(op: string, { shader, overrides }: Dispatch, channels: number): number {
  const vector = shader.endsWith("_vec4") ? 4 : 1;
  switch (op) {
    case "adaptiveAvgPool":
      return overrides.LANES * vector;
    case "layerNorm":
    case "softmax":
    case "l2Normalize":
      return channels;
    case "tokenMean":
      return 16;
    case "cosine":
      return 1;
    case "decodePixels":
      return 3 * 64;
    default:
      return 64 * vector;
  }
}

const heavy: OpType[] = ["conv2d", "linear", "attention"];
const light = Object.entries(nodes(4000, 6000)).filter(([op]) => !heavy.includes(op as OpType));

describe("planNode", () => {
  it.each([...Object.entries(nodes(9, 11)), ...Object.entries(nodes(9, 11, 5))])(
    "plans %s as its shaders declare",
    (_, node) => {
      for (const { shader, overrides, params, bindings } of planNode(node, device)) {
        const source = shaders[shader];
        const struct = /struct Params \{([^}]*)\}/.exec(source)?.[1] ?? "";
        expect(params, "fields of Params").toHaveLength(struct.match(/^ *\w+: [uif]32,$/gm)?.length ?? 0);
        const declared = [...source.matchAll(/@binding\((\d+)\) var<storage, (read|read_write)> (\w+)/g)]
          .toSorted(([, a], [, b]) => Number(a) - Number(b))
          .map(([, , access]) => (access === "read" ? "read" : "write"));
        expect(bindings.map(({ access }) => access)).toEqual(declared);
        for (const name of Object.keys(overrides)) expect(source).toContain(`override ${name}:`);
      }
    },
  );

  it.each(light)("covers a map of 24 megapixels with %s, within the limits", (op, node) => {
    const channels = node.output.shape[node.output.shape.length - 1];
    const dispatches = planNode(node, device);
    const computed = dispatches.map((dispatch) => {
      const [columns, rows] = dispatch.workgroups;
      const numbers = numbersPerWorkgroup(op, dispatch, channels);
      // At most a row of workgroups is idle, and the rest of the last one.
      return { covered: columns * rows * numbers, idle: (rows + 1) * numbers };
    });
    const covered = computed.reduce((sum, { covered }) => sum + covered, 0);
    const idle = computed.reduce((sum, { idle }) => sum + idle, 0);
    expect(covered).toBeGreaterThanOrEqual(sizeOf(node.output.shape));
    expect(covered).toBeLessThan(sizeOf(node.output.shape) + idle);
    for (const { workgroups } of dispatches) {
      for (const count of workgroups) expect(count).toBeLessThanOrEqual(device.maxWorkgroupsPerDimension);
    }
  });

  it("plans one dispatch a part for a concatenation, side by side", () => {
    const { concat } = nodes(2, 3, 5);
    const params = planNode(concat, device).map(({ params }) => params);
    expect(params).toEqual([
      [30, 5, 5, 0, 6, 0],
      [6, 1, 1, 0, 6, 5],
    ]);
  });

  it("takes four channels at a time only where 4 divides every part", () => {
    const shadersOf = (...channels: number[]) => {
      const parts = (g: GraphBuilder) => channels.map((count, i) => g.input(`part ${i}`, [1, 2, 3, count]));
      const concat = nodeOf("concat", (g) => ({ parts: parts(g) }), {});
      return planNode(concat, device).map(({ shader }) => shader);
    };
    expect(shadersOf(4, 8)).toEqual(["copy_channels_vec4", "copy_channels_vec4"]);
    expect(shadersOf(4, 6, 2, 4)).toEqual([
      "copy_channels_vec4",
      "copy_channels",
      "copy_channels",
      "copy_channels_vec4",
    ]);
  });

  it("splits the sums of large bins, but not on software adapters", () => {
    const overridesOf = (side: number, family: string) => {
      const x = (g: GraphBuilder) => ({ x: g.input("x", [1, side, side, 64]) });
      const pool = nodeOf("adaptiveAvgPool", x, { height: 7, width: 7 });
      return planNode(pool, { ...device, family })[0].overrides;
    };
    expect(overridesOf(112, "nvidia")).toMatchObject({ LANES: 16, SLICES: 16 });
    expect(overridesOf(14, "nvidia")).toMatchObject({ LANES: 64, SLICES: 1 });
    expect(overridesOf(112, "llvmpipe")).toMatchObject({ LANES: 64, SLICES: 1 });
  });

  it("plans nothing for a reshape", () => {
    const reshape = nodeOf("reshape", (g) => ({ x: g.input("x", [4, 6]) }), { shape: [24] });
    expect(planNode(reshape, device)).toEqual([]);
  });

  it("refuses a batch norm that was not folded", async () => {
    const batchNorm = nodeOf(
      "batchNorm",
      (g) => {
        const [weight, bias, mean, variance] = ["w", "b", "m", "v"].map((name) => g.parameter(name, [3]));
        return { x: g.input("x", [1, 2, 2, 3]), weight, bias, mean, variance };
      },
      { eps: 1e-5 },
    );
    const error = await expectCode("GRAPH_BATCH_NORM", () => planNode(batchNorm, device));
    expect(error.message).toContain('"op"');
  });

  it("refuses to normalise more than four channels", () => {
    const normalize = nodeOf("normalize", (g) => ({ x: g.input("x", [1, 2, 2, 5]) }), {
      mean: [0, 0, 0, 0, 0],
      std: [1, 1, 1, 1, 1],
    });
    return expectCode("SHAPE_MISMATCH", () => planNode(normalize, device));
  });
});

describe("spread", () => {
  const small: Capabilities = { ...device, maxWorkgroupsPerDimension: 7 };

  it("covers every count that two dimensions hold", () => {
    for (let count = 1; count <= 49; count++) {
      const [x, y, z] = spread(count, small);
      expect(Math.max(x, y)).toBeLessThanOrEqual(7);
      expect(x * y * z).toBeGreaterThanOrEqual(count);
      expect(x * y * z - count).toBeLessThan(y);
    }
  });

  it("refuses more", async () => {
    await expectCode("DISPATCH_TOO_LARGE", () => spread(50, small));
    await expectCode("DISPATCH_TOO_LARGE", () => invocations(49 * 64 + 1, small));
    expect(invocations(49 * 64, small)).toEqual([7, 7, 1]);
  });
});
