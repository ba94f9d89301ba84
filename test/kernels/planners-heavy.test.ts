import { describe, expect, it } from "vitest";
import { LimitError } from "../../src/errors.js";
import {
  type Attributes,
  GraphBuilder,
  type Inputs,
  type Node,
  type NodeOf,
  type OpType,
} from "../../src/graph/graph.js";
import { planConv2d } from "../../src/kernels/conv2d.js";
import type { Capabilities, Dispatch } from "../../src/kernels/kernel.js";
import { planLinear } from "../../src/kernels/linear.js";
import { scratchOf } from "../../src/kernels/planners.js";

/** WebGPU's default limits. */
const limits = {
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};
const software: Capabilities = { family: "llvmpipe", ...limits };
const withQuads: Capabilities = { ...software, subgroups: true };
const gpu: Capabilities = { family: "nvidia", ...limits };

const builder = () => new GraphBuilder();

function nodeOf<T extends OpType>(build: GraphBuilder, op: T, inputs: Inputs<T>, attributes: Attributes<T>) {
  const [node] = build.build([build.add(op, "op", inputs, attributes)]).nodes;
  return node as unknown as NodeOf<T>;
}

interface Conv {
  size: [number, number];
  channels: number;
  outChannels: number;
  kernel?: number;
  batch?: number;
}

function conv({ size, channels, outChannels, kernel = 1, batch = 1 }: Conv): NodeOf<"conv2d"> {
  const build = builder();
  const x = build.input("x", [batch, ...size, channels]);
  const weight = build.parameter("weight", [outChannels, channels, kernel, kernel]);
  return nodeOf(build, "conv2d", { x, weight }, { stride: 1, padding: kernel >> 1, activation: "relu" });
}

function linear(rows: number, width: number, outputs: number): NodeOf<"linear"> {
  const build = builder();
  const x = build.input("x", [rows, width]);
  const weight = build.parameter("weight", [outputs, width]);
  return nodeOf(build, "linear", { x, weight }, { activation: "none" });
}

/** How many outputs a convolution's dispatch computes, whether or not they exist. */
function coverage({ shader, overrides, workgroups: [x, y, z] }: Dispatch): number {
  const perWorkgroup = {
    conv2d_one: 64 * 4,
    conv2d_scalar: 64 * 16,
    conv2d_direct: 64 * 8 * overrides.PIXELS,
    conv2d_quad: 64 * 4 * overrides.PIXELS,
    conv2d_tiled: 4 * overrides.PIXELS * overrides.WORKGROUP_X * overrides.WORKGROUP_Y,
  }[shader as string];
  return x * y * z * perWorkgroup!;
}

const convolutions: Conv[] = [
  { size: [224, 224], channels: 3, outChannels: 64, kernel: 7 },
  { size: [56, 56], channels: 64, outChannels: 64, kernel: 3 },
  { size: [56, 56], channels: 64, outChannels: 1, kernel: 3 },
  { size: [7, 7], channels: 512, outChannels: 2048 },
  { size: [13, 17], channels: 12, outChannels: 20, batch: 3 },
  { size: [1, 1], channels: 4, outChannels: 4 },
  { size: [1, 3], channels: 5, outChannels: 16 },
  { size: [9, 9], channels: 5, outChannels: 7 },
];

describe.each([software, withQuads, gpu])("planners on $family, subgroups: $subgroups", (device) => {
  it.each(convolutions)("cover every output of %o", (size) => {
    const node = conv(size);
    const [dispatch] = planConv2d(node, { ...device, convolution: { method: "implicitGemm" } });
    const outputs = node.output.shape.reduce((product, side) => product * side, 1);
    expect(coverage(dispatch)).toBeGreaterThanOrEqual(outputs);
  });

  it("keep within the limits on a huge picture", () => {
    for (const channels of [3, 64]) {
      const [{ workgroups }] = planConv2d(conv({ size: [16384, 16384], channels, outChannels: 64 }), device);
      for (const count of workgroups) expect(count).toBeLessThanOrEqual(limits.maxWorkgroupsPerDimension);
    }
  });

  it("refuse a picture that no dispatch can hold", () => {
    const small = { ...device, maxWorkgroupsPerDimension: 8 };
    expect(() => planConv2d(conv({ size: [512, 512], channels: 64, outChannels: 64 }), small)).toThrow(
      LimitError,
    );
  });

  it.each([
    [3, 64, device === withQuads ? "conv2d_quad" : "conv2d_direct"],
    [3, 60, "conv2d_direct"],
    [64, 6, "conv2d_scalar"],
    [6, 1, "conv2d_scalar"],
    [8, 1, "conv2d_one"],
    [64, 64, device === gpu ? "conv2d_tiled" : device === withQuads ? "conv2d_quad" : "conv2d_direct"],
  ])("load vectors only where 4 divides the channels: %i to %i by %s", (channels, outChannels, shader) => {
    const [dispatch] = planConv2d(conv({ size: [9, 9], channels, outChannels }), device);
    expect(dispatch.shader).toBe(shader);
  });

  it("compute a few rows by a kernel of their own", () => {
    const [few] = planLinear(linear(4, 160, 40), device);
    const [many] = planLinear(linear(5, 160, 40), device);
    expect(few).toMatchObject({ shader: "linear_row", workgroups: [3, 4, 1], params: [160, 40, 0] });
    expect(many.shader).not.toBe("linear_row");
    expect(many.params).toEqual([1, 5, 160, 1, 5, 40, 5, 1, 1, 1, 0, 1, 0]);
  });

  it("bind an absent tensor as null, in the shader's order", () => {
    const build = builder();
    const x = build.input("x", [1, 8, 8, 8]);
    const weight = build.parameter("weight", [8, 8, 1, 1]);
    const gate = build.input("gate", [1, 8, 8, 1]);
    const node = nodeOf(build, "conv2d", { x, weight, gate }, { stride: 1, padding: 0, activation: "none" });
    const [{ bindings, params }] = planConv2d(node, device);
    expect(bindings.map(({ value }) => value)).toEqual([x, weight, null, null, gate, node.output]);
    expect(bindings[1].packing).toBe("HWIO");
    expect(params.at(-1), "only the gate is fused").toBe(32);
  });
});

it("makes tiles smaller where large ones would leave a GPU idle", () => {
  const [large] = planConv2d(conv({ size: [56, 56], channels: 64, outChannels: 256 }), gpu);
  const [small] = planConv2d(conv({ size: [7, 7], channels: 512, outChannels: 512 }), gpu);
  expect(large.overrides).toMatchObject({ WORKGROUP_X: 16, WORKGROUP_Y: 8 });
  expect(small.overrides).toMatchObject({ WORKGROUP_X: 8, WORKGROUP_Y: 4 });
  expect(small.workgroups).toEqual([16, 2, 1]);
});

describe.each(["winograd2", "winograd4"] as const)("%s", (method) => {
  const convolution = { method };
  const side = method === "winograd2" ? 2 : 4;
  const frequencies = (side + 2) ** 2;

  it.each([software, gpu])("hands transformed tiles and products on to each other on $family", (device) => {
    const node = conv({ size: [9, 14], channels: 8, outChannels: 12, kernel: 3, batch: 2 });
    const dispatches = planConv2d(node, { ...device, convolution });
    const [input, product, output] = dispatches;
    const tiles = 2 * Math.ceil(9 / side) * Math.ceil(14 / side);
    const [transformed, products] = scratchOf(node as Node, dispatches);
    expect(transformed.shape).toEqual([tiles, frequencies, 8]);
    expect(products.shape).toEqual([frequencies, tiles, 12]);
    expect(input.bindings.map(({ value }) => value)).toEqual([node.inputs.x, transformed]);
    expect(product.bindings[0].value).toBe(transformed);
    expect(product.bindings[1]).toMatchObject({ value: node.inputs.weight, packing: method });
    expect(product.bindings.at(-1)!.value).toBe(products);
    expect(coverage(product)).toBeGreaterThanOrEqual(frequencies * tiles * 12);
    expect(output.bindings[0].value).toBe(products);
    expect(output.bindings.at(-1)!.value).toBe(node.output);
    expect(output.params.at(-1), "a ReLU is fused").toBe(1);
    expect(product.params.at(-1), "nothing is fused").toBe(0);
  });

  it.each([
    [{ channels: 6 }, {}],
    [{ outChannels: 6 }, {}],
    [{ kernel: 1 }, {}],
    [{ kernel: 5 }, {}],
    // The transformed map would exceed what can be bound by one tile.
    [{}, { maxBindingBytes: 4 * frequencies * 3 * 4 * 8 - 1 }],
  ])("is not planned for %o on %o", (size, limits) => {
    const map = { size: [3 * side, 4 * side] as [number, number], channels: 8, outChannels: 8, kernel: 3 };
    const device = { ...gpu, convolution };
    expect(planConv2d(conv(map), device)).toHaveLength(3);
    expect(planConv2d(conv({ ...map, ...size }), { ...device, ...limits })).toHaveLength(1);
  });
});

describe("split-K", () => {
  const convolution = { method: "splitK" } as const;
  const deep = conv({ size: [7, 7], channels: 512, outChannels: 512, kernel: 3 });

  it.each([software, gpu])("adds partial sums up after all of them on $family", (device) => {
    const dispatches = planConv2d(deep, { ...device, convolution });
    const [product, sum] = dispatches;
    const [partials] = scratchOf(deep as Node, dispatches);
    const [slices, ...map] = partials.shape;
    expect(slices).toBeGreaterThan(1);
    expect(map).toEqual([49, 512]);
    expect(product.params.slice(-2)).toEqual([slices, 0]);
    expect(coverage(product)).toBeGreaterThanOrEqual(slices * 49 * 512);
    expect(sum).toMatchObject({ shader: "conv2d_sum", params: [(49 * 512) / 4, 128, slices, 1] });
  });

  it("is not planned where a device has work enough, or slices would be thin", () => {
    const large = conv({ size: [56, 56], channels: 64, outChannels: 64, kernel: 3 });
    const thin = conv({ size: [7, 7], channels: 32, outChannels: 32 });
    for (const node of [large, thin]) expect(planConv2d(node, { ...gpu, convolution })).toHaveLength(1);
  });
});

it("computes 3×3 convolutions by Winograd's F(4×4, 3×3) where that was measured to be the fastest", () => {
  const shaders = (device: Capabilities, size: Partial<Conv>) => {
    const map = { size: [7, 7] as [number, number], channels: 104, outChannels: 104, kernel: 3 };
    return planConv2d(conv({ ...map, ...size }), device).map(({ shader }) => shader);
  };
  const transformed = ["winograd4_input", "conv2d_direct", "winograd4_output"];
  for (const family of ["llvmpipe", "swiftshader"]) {
    const device = { ...software, family };
    expect(shaders(device, {})).toEqual(transformed);
    const small: Partial<Conv>[] = [
      { size: [100, 6] },
      { size: [100, 100], channels: 12 },
      { size: [100, 100], outChannels: 12 },
      { channels: 100, outChannels: 100 },
    ];
    for (const size of small) {
      expect(shaders(device, size)).toEqual(["conv2d_direct"]);
    }
  }
  expect(shaders(gpu, {})).toEqual(["conv2d_tiled"]);
});
