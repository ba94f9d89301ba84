import { it } from "vitest";
import type { OpType } from "../../src/graph/graph.js";
import { checkOp, type TestInputs, type TestTensor } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeHalf } from "../support/gpu.js";
import { planFor } from "../support/plan-for.js";

// All arithmetic is in f32, as close to the oracle as the f32 kernels are (1e-5 of the largest result, or closer); then
// the result is rounded to 11 bits, by at most 2⁻¹² of the largest result, or 2⁻²⁵ among the subnormals. WGSL lets a
// conversion to f16 round either way: twice that.
const tolerance: Tolerance = { absolute: 2 ** -24, relative: 2 ** -11 + 1e-5 };

const parameter = (...shape: number[]): TestTensor => ({ shape, parameter: true });
const input = (...shape: number[]): TestTensor => ({ shape });

function check<T extends OpType>(op: T, inputs: TestInputs<T>, attributes: Parameters<typeof checkOp<T>>[2]) {
  return checkOp(op, inputs, attributes, tolerance, 1, "f16");
}

for (const family of ["llvmpipe", "unknown"]) {
  describeHalf(`convolutions in half precision as planned for ${family}`, () => {
    planFor(family);

    it.each([
      { channels: 8, outChannels: 12, kernel: 3, stride: 1 },
      { channels: 20, outChannels: 68, kernel: 1, stride: 2 },
      { channels: 3, outChannels: 32, kernel: 7, stride: 2 },
      { channels: 5, outChannels: 7, kernel: 3, stride: 1 },
      { channels: 8, outChannels: 1, kernel: 3, stride: 1 },
      // Large enough for Winograd's F(4×4, 3×3), which half precision must not take.
      { channels: 32, outChannels: 32, kernel: 3, stride: 1 },
    ])("conv2d %o", ({ channels, outChannels, kernel, stride }) => {
      const [height, width] = [23, 25];
      const padding = (kernel - 1) / 2;
      const out = (side: number) => Math.floor((side + 2 * padding - kernel) / stride) + 1;
      const map = (last: number) => input(1, out(height), out(width), last);
      return check(
        "conv2d",
        {
          x: input(1, height, width, channels),
          weight: parameter(outChannels, channels, kernel, kernel),
          bias: parameter(outChannels),
          residual: map(outChannels),
          gate: map(1),
        },
        { stride, padding, activation: "relu" },
      );
    });

    it.each([1, 3, 37])("linear of %i rows", (rows) =>
      check(
        "linear",
        { x: input(1, rows, 20), weight: parameter(12, 20), bias: parameter(12), residual: undefined },
        { activation: "gelu" },
      ),
    );

    it.each([
      { tokens: 13, keys: 37, width: 24, heads: 4 },
      { tokens: 9, keys: 40, width: 64, heads: 1 },
      { tokens: 5, keys: 11, width: 15, heads: 3 },
    ])("attention %o", ({ tokens, keys, width, heads }) =>
      check(
        "attention",
        {
          q: input(1, tokens, width),
          k: input(1, keys, width),
          v: input(1, keys, width),
          residual: input(1, tokens, width),
        },
        { heads, causal: false },
      ),
    );
  });
}

describeHalf("kernels in half precision", () => {
  it.each([8, 7])("map by map, of %i channels", async (channels) => {
    const map = input(2, 7, 5, channels);
    const gate = input(2, 7, 5, 1);
    await check("activation", { x: map }, { kind: "gelu" });
    await check("add", { a: map, b: input(5, channels) }, {});
    await check("multiply", { a: map, b: gate }, {});
    await check("absoluteDifference", { a: map, b: map }, { smooth: true });
    await check("concat", { parts: [map, gate, map] }, {});
    await check("slice", { x: map }, { start: 4, count: 3 });
    await check("reshape", { x: map }, { shape: [2, 35, channels] });
    await check("maxPool", { x: map }, { size: 3, stride: 2, padding: 1 });
    await check("adaptiveAvgPool", { x: map, gate }, { height: 3, width: 2 });
    await check("resizeBicubic", { x: map }, { height: 9, width: 4 });
  });

  it("token by token", async () => {
    const tokens = input(2, 37, 21);
    await check("layerNorm", { x: tokens, weight: parameter(21), bias: parameter(21) }, { eps: 1e-5 });
    await check("tokenMean", { x: tokens, weights: tokens }, { normalized: false });
    await check("cosine", { x: input(37, 21), y: parameter(40, 21) }, {});
    await check("positionCode", { h: parameter(5, 3), w: parameter(5, 3) }, {});
  });

  it("pixels as they enter the network", () => {
    const x = { shape: [1, 7, 5, 3], range: [0, 1] as [number, number] };
    return check("normalize", { x }, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  });
});
