import { describe, expect, it } from "vitest";
import { squareConvolution } from "../../src/kernels/implicit-gemm.js";
import type { Capabilities } from "../../src/kernels/kernel.js";
import { parseVariant, type Variant } from "../../src/kernels/variant.js";
import { candidatesOf, convolutionsOf } from "../../src/tuning/convolutions.js";
import type { Contestant, Ratios } from "../../src/tuning/race.js";
import { shippedTuning } from "../../src/tuning/shipped.js";
import { parseTuning, tuningVersion } from "../../src/tuning/table.js";
import { judge, requireRounds, tableOf } from "../../src/tuning/tune.js";
import { networks } from "../../tools/bench/networks.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";

const limits = {
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};
const software: Capabilities = { family: "llvmpipe", ...limits };
const gpu: Capabilities = { family: "nvidia", ...limits };

function contestant(name: string, ratios: Ratios | null, more: Partial<Contestant> = {}): Contestant {
  const variant = parseVariant(name) as Variant;
  const ms = ratios && 10 * ratios[1];
  return { variant, shaders: [], isDefault: false, error: 0, isWrong: false, ms, ratios, ...more };
}

const standard = contestant("implicitGemm direct8", [1, 1, 1], { isDefault: true });

describe("the winner", () => {
  it("is the fastest of those that are faster in three rounds of four", () => {
    const found = judge([
      standard,
      contestant("implicitGemm direct4", [0.6, 0.7, 0.8]),
      contestant("winograd2 direct8", [0.4, 0.5, 0.99]),
      contestant("winograd4 direct8", [0.2, 0.3, 1.01]),
      contestant("splitK direct8", null),
    ]);
    expect(found).toEqual({
      before: "implicitGemm direct8",
      msBefore: 10,
      after: "winograd2 direct8",
      msAfter: 5,
      wrong: [],
    });
  });

  it("is the default where none is faster for certain", () => {
    const found = judge([standard, contestant("winograd4 direct8", [0.9, 0.95, 1])]);
    expect(found).toMatchObject({ after: "implicitGemm direct8", msAfter: 10 });
  });

  it("is never one that is wrong", () => {
    const wrong = contestant("winograd4 direct8", null, { isWrong: true, error: 1 });
    expect(judge([standard, wrong])).toMatchObject({
      after: "implicitGemm direct8",
      wrong: ["winograd4 direct8"],
    });
  });
});

describe("candidates", () => {
  const map = { height: 14, width: 14, channels: 256, outChannels: 256, kernel: 3, stride: 1 };

  it.each([software, gpu])("are different plans, one of them the default, on $family", (device) => {
    const candidates = candidatesOf(squareConvolution(map), device);
    expect(candidates.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    expect(new Set(candidates.map(({ variant }) => JSON.stringify(variant))).size).toBe(candidates.length);
    const methods = new Set(candidates.map(({ variant }) => variant.method));
    expect(methods).toContain("winograd2");
    expect(methods).toContain("winograd4");
  });

  it("follow the table and what is forced", () => {
    const geometry = squareConvolution(map);
    const variant = { method: "winograd2", tile: "tiled4x8x8" } as const;
    const tuned = { ...gpu, tuning: new Map([["14x14x256x256 k3x3 s1 p1", variant]]) };
    for (const device of [tuned, { ...gpu, convolution: variant }]) {
      expect(candidatesOf(geometry, device).find(({ isDefault }) => isDefault)?.variant).toEqual(variant);
    }
  });

  it("are the methods that a shape allows", () => {
    const methodsOf = (change: object) =>
      new Set(
        candidatesOf(squareConvolution({ ...map, ...change }), gpu).map(({ variant }) => variant.method),
      );
    expect(methodsOf({ stride: 2 })).toEqual(new Set(["implicitGemm", "splitK"]));
    expect(methodsOf({ height: 112, width: 112 })).not.toContain("splitK");
    const ofPictures = candidatesOf(squareConvolution({ ...map, channels: 3 }), gpu);
    expect(ofPictures.map(({ variant }) => variant.tile)).toEqual(["direct8", "direct4"]);
    expect(candidatesOf(squareConvolution({ ...map, outChannels: 6 }), gpu)).toHaveLength(1);
  });
});

describe("a network's convolutions", () => {
  it("are told by shape, with how often they are computed, and without those that have one way only", () => {
    const config = smallConfig({ backbone: { stem: 8, width: 4, blocks: [2, 1, 1, 1] } });
    const found = convolutionsOf(config, { width: 64, height: 96 }, gpu);
    expect(found.get("16x24x4x4 k3x3 s1 p1")?.count).toBe(2);
    // Gates give one channel.
    for (const shape of found.keys()) expect(shape).not.toMatch(/^\d+x\d+x\d+x1 /);
    // Linear layers of tokens.
    expect([...found.keys()].some((shape) => shape.startsWith("1x6x"))).toBe(true);
  });

  it("are those of a pair, too", () => {
    const size = { width: 64, height: 96 };
    const nr = convolutionsOf(smallConfig(), size, gpu);
    const fr = convolutionsOf(smallConfig({ mode: "fr" }), size, gpu);
    for (const shape of ["16x24x4x4 k3x3 s1 p1", "16x24x4x16 k1x1 s1 p0"]) {
      expect(fr.get(shape)?.count).toBe(nr.get(shape)?.count);
    }
    expect([...fr.keys()].some((shape) => !nr.has(shape))).toBe(true);
  });
});

describe("shipped tables", () => {
  const own = new Set<string>();
  const square = (side: number) => ({ width: side, height: side });
  const sizes = {
    "bpclip-s": [{ width: 512, height: 384 }, square(512), { width: 768, height: 512 }, square(224)],
    paper: [square(224)],
  };
  for (const [name, configs] of Object.entries(networks())) {
    for (const config of configs) {
      for (const size of sizes[name as keyof typeof sizes]) {
        for (const shape of convolutionsOf(config, size, gpu).keys()) own.add(shape);
      }
    }
  }

  it.each(Object.keys(shippedTuning))("of %s are valid, and of the networks' own convolutions", (family) => {
    const convolutions = shippedTuning[family];
    expect(Object.keys(convolutions).length).toBeGreaterThan(0);
    expect(() => parseTuning({ version: tuningVersion, adapter: family, convolutions })).not.toThrow();
    expect(Object.keys(convolutions).filter((shape) => !own.has(shape))).toEqual([]);
  });

  it("are of the software adapters that tests run on", () => {
    expect(Object.keys(shippedTuning).sort()).toEqual(["llvmpipe", "swiftshader"]);
  });
});

it("makes a table that can be read again", () => {
  const one = { shape: "14x14x256x256 k3x3 s1 p1", count: 2, flop: 1, ...judge([standard]) };
  const table = tableOf("Acme", [one]);
  expect(parseTuning(JSON.parse(JSON.stringify(table))).convolutions).toEqual({
    [one.shape]: "implicitGemm direct8",
  });
});

it.each([0, 2, 1001, 3.5, "9", Number.NaN])("refuses %s rounds", async (rounds) => {
  await expectCode("INPUT_ROUNDS", () => requireRounds(rounds));
});
