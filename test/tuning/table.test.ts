import { describe, expect, it, test } from "vitest";
import { GraphBuilder, type NodeOf } from "../../src/graph/graph.js";
import { planConv2d } from "../../src/kernels/conv2d.js";
import { squareConvolution } from "../../src/kernels/implicit-gemm.js";
import type { Capabilities } from "../../src/kernels/kernel.js";
import {
  convolutionMethods,
  parseVariant,
  shapeKey,
  type Tile,
  tileNames,
  tiles,
  variantName,
} from "../../src/kernels/variant.js";
import { parseTuning, tuningVersion, winners } from "../../src/tuning/table.js";
import { expectCode } from "../support/errors.js";

const device: Capabilities = {
  family: "nvidia",
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};

const map = { height: 28, width: 30, channels: 64, outChannels: 64, kernel: 3, stride: 1 };

function conv({ height, width, channels, outChannels, kernel, stride }: typeof map): NodeOf<"conv2d"> {
  const g = new GraphBuilder();
  const x = g.input("x", [1, height, width, channels]);
  const weight = g.parameter("weight", [outChannels, channels, kernel, kernel]);
  const attributes = { stride, padding: (kernel - 1) / 2, activation: "none" } as const;
  return g.build([g.add("conv2d", "op", { x, weight }, attributes)]).nodes[0] as NodeOf<"conv2d">;
}

/** What is planned with a table, as shaders and pixels of an invocation. */
function planned(convolutions: Record<string, string>, size = map, capabilities = device) {
  const dispatches = planConv2d(conv(size), { ...capabilities, tuning: winners(convolutions) });
  return dispatches.map(({ shader, overrides: { PIXELS } }) => (PIXELS ? `${shader} ${PIXELS}` : shader));
}

const valid = {
  version: tuningVersion,
  adapter: "Acme 9000",
  convolutions: {
    "28x30x64x64 k3x3 s1 p1": "winograd4 tiled4x8x8",
    "1x9x4x4 k1x1 s1 p0 n2": "splitK direct8",
  },
};

describe("a shape's key", () => {
  test("is the geometry, the shorter side first", () => {
    expect(shapeKey(squareConvolution(map))).toBe("28x30x64x64 k3x3 s1 p1");
    expect(shapeKey(squareConvolution({ ...map, height: 30, width: 28 }))).toBe("28x30x64x64 k3x3 s1 p1");
    expect(shapeKey({ ...squareConvolution(map), batch: 2 })).toBe("28x30x64x64 k3x3 s1 p1 n2");
  });

  test.each([{ channels: 68 }, { outChannels: 68 }, { kernel: 1 }, { stride: 2 }, { height: 29 }])(
    "is another one for %o",
    (change) => {
      const other = shapeKey(squareConvolution({ ...map, ...change }));
      expect(other).not.toBe(shapeKey(squareConvolution(map)));
    },
  );
});

test("every variant is found by its name, and nothing else is one", () => {
  for (const method of convolutionMethods) {
    for (const tile of tileNames)
      expect(parseVariant(variantName({ method, tile }))).toEqual({ method, tile });
  }
  for (const name of [
    "",
    "winograd4",
    "winograd4 direct9",
    "direct8 winograd4",
    "winograd4 direct8 direct8",
  ]) {
    expect(parseVariant(name)).toBeUndefined();
  }
});

test.each(Object.entries(tiles))("tile %s is within WebGPU's default limits", (_, tile: Tile) => {
  if (tile.form !== "tiled") return;
  const { pixels, x, y } = tile;
  expect(x * y).toBeLessThanOrEqual(256);
  // The windows, and 16 channels of the pixels and of the weights.
  expect(16 * pixels * y + 64 * pixels * y + 256 * x).toBeLessThanOrEqual(16384);
});

describe("planners", () => {
  it("compute a shape as the table has it, method and tile", () => {
    expect(planned({ "28x30x64x64 k3x3 s1 p1": "winograd4 tiled4x8x8" })).toEqual([
      "winograd4_input",
      "conv2d_tiled 4",
      "winograd4_output",
    ]);
    expect(planned({ "28x30x64x64 k3x3 s1 p1": "implicitGemm direct4" })).toEqual(["conv2d_direct 4"]);
  });

  it("compute a shape that is not in it by the rule", () => {
    const other = { "28x28x64x64 k3x3 s1 p1": "implicitGemm direct4" };
    expect(planned(other)).toEqual(["conv2d_tiled 8"]);
    expect(planned(other, map, { ...device, family: "llvmpipe" })).toEqual([
      "winograd4_input",
      "conv2d_direct 8",
      "winograd4_output",
    ]);
  });

  it("do not believe a table that has a method for a shape that it is not for", () => {
    const strided = { ...map, stride: 2 };
    expect(planned({ "28x30x64x64 k3x3 s2 p1": "winograd4 direct4" }, strided)).toEqual(["conv2d_direct 4"]);
    const odd = { ...map, channels: 6 };
    expect(planned({ "28x30x6x64 k3x3 s1 p1": "winograd4 tiled4x8x8" }, odd)).toEqual(["conv2d_direct 4"]);
  });

  it("put what is forced before the table", () => {
    const forced = { ...device, convolution: { method: "winograd2" } } as const;
    const table = { "28x30x64x64 k3x3 s1 p1": "implicitGemm direct4" };
    expect(planned(table, map, forced)[0]).toBe("winograd2_input");
  });
});

describe("parseTuning", () => {
  it("takes a table through JSON as it is", () => {
    expect(parseTuning(JSON.parse(JSON.stringify(valid)))).toEqual(valid);
  });

  it.each<[string, unknown]>([
    ["no object", "a text"],
    ["a list", []],
    ["another version", { ...valid, version: tuningVersion + 1 }],
    ["no version", { ...valid, version: undefined }],
    ["no adapter", { ...valid, adapter: undefined }],
    ["no convolutions", { ...valid, convolutions: null }],
    ["a shape that is none", { ...valid, convolutions: { "28x30x64 k3x3 s1 p1": "splitK direct8" } }],
    ["a variant that is none", { ...valid, convolutions: { "28x30x64x64 k3x3 s1 p1": "fastest" } }],
    ["a variant that is no text", { ...valid, convolutions: { "28x30x64x64 k3x3 s1 p1": 8 } }],
  ])("refuses %s", async (_, value) => {
    await expectCode("INPUT_TUNING", () => parseTuning(value));
  });

  it("says which version it found and which it reads", async () => {
    const error = await expectCode("INPUT_TUNING", () => parseTuning({ ...valid, version: 999 }));
    expect(error.message).toContain("999");
    expect(error.message).toContain(`version ${tuningVersion}`);
  });
});
