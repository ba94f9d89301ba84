import { describe, expect, it } from "vitest";
import { LimitError } from "../../src/errors.js";
import { type AttentionCut, GraphBuilder, type NodeOf } from "../../src/graph/graph.js";
import { planAttention } from "../../src/kernels/attention.js";
import type { Capabilities } from "../../src/kernels/kernel.js";

/** WebGPU's default limits. */
const gpu: Capabilities = {
  family: "nvidia",
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};
const software: Capabilities = { ...gpu, family: "swiftshader" };

interface Sizes {
  tokens: number;
  keys: number;
  heads: number;
  headWidth: number;
  /** Of the rows of q, k and v; without it they are as wide as all heads. */
  rowWidth?: number;
  cut?: Omit<AttentionCut, "width">;
}

function plan({ tokens, keys, heads, headWidth, rowWidth, cut }: Sizes, device: Capabilities) {
  const g = new GraphBuilder();
  const width = heads * headWidth;
  const q = g.input("q", [1, tokens, rowWidth ?? width]);
  const [k, v] = ["k", "v"].map((name) => g.input(name, [1, keys, rowWidth ?? width]));
  const attributes = { heads, causal: false, cut: cut && { width, ...cut } };
  const [node] = g.build([g.add("attention", "op", { q, k, v }, attributes)]).nodes;
  return planAttention(node as NodeOf<"attention">, device);
}

describe("planAttention", () => {
  it.each([1, 4, 30, 64, 100, 128])("fits heads of %i channels in a GPU's workgroup memory", (headWidth) => {
    const [{ overrides, workgroups }] = plan({ tokens: 49, keys: 4096, heads: 4, headWidth }, gpu);
    const { HEAD_VECTORS, TILE_KEYS } = overrides;
    expect(TILE_KEYS).toBeGreaterThanOrEqual(8);
    expect(TILE_KEYS % 8).toBe(0);
    expect(4 * HEAD_VECTORS).toBeGreaterThanOrEqual(headWidth);
    const bytes = 16 * HEAD_VECTORS * (8 + 2 * TILE_KEYS) + 4 * 8 * TILE_KEYS;
    expect(bytes).toBeLessThanOrEqual(gpu.maxWorkgroupStorageBytes);
    expect(workgroups).toEqual([7, 4, 1]);
  });

  it("loads vectors only where 4 divides the heads' width and place", () => {
    const sizes = { tokens: 9, keys: 9, heads: 2, headWidth: 16, rowWidth: 128 };
    const shadersOf = (more: Partial<Sizes>) =>
      [gpu, software].map((device) => plan({ ...sizes, ...more }, device)[0].shader);
    expect(shadersOf({ cut: { q: 0, k: 32, v: 96 } })).toEqual(["attention", "attention_direct"]);
    expect(shadersOf({ cut: { q: 0, k: 30, v: 96 } })).toEqual(["attention", "attention"]);
    expect(shadersOf({ cut: { q: 0, k: 32, v: 64 }, rowWidth: 126 })).toEqual(["attention", "attention"]);
    expect(shadersOf({ headWidth: 10, rowWidth: undefined })).toEqual(["attention", "attention"]);
  });

  it("tells kernels where the heads begin, in their own unit", () => {
    const sizes = { tokens: 9, keys: 7, heads: 2, headWidth: 16, rowWidth: 128, cut: { q: 0, k: 32, v: 96 } };
    const [[tiled], [direct]] = [gpu, software].map((device) => plan(sizes, device));
    expect(tiled.params.toSpliced(4, 1)).toEqual([9, 7, 2, 16, 0, 128, 32, 128, 96, 128]);
    expect(direct.params.toSpliced(4, 1)).toEqual([9, 7, 2, 4, 0, 32, 8, 32, 24, 32]);
  });

  it("covers every query", () => {
    for (const [device, queries] of [
      [gpu, 8],
      [software, 32],
    ] as const) {
      for (const tokens of [1, 31, 32, 33, 250]) {
        const [{ workgroups }] = plan({ tokens, keys: 5, heads: 3, headWidth: 8 }, device);
        expect(workgroups).toEqual([Math.ceil(tokens / queries), 3, 1]);
      }
    }
  });

  it("refuses heads wider than the registers of a tiled kernel", () => {
    expect(() => plan({ tokens: 4, keys: 4, heads: 1, headWidth: 132 }, gpu)).toThrow(LimitError);
    expect(() => plan({ tokens: 4, keys: 4, heads: 1, headWidth: 129 }, software)).toThrow(LimitError);
    expect(plan({ tokens: 4, keys: 4, heads: 1, headWidth: 132 }, software)).toHaveLength(1);
  });
});
