import { describe, it } from "vitest";
import type { Activation } from "../../src/graph/graph.js";
import { convolutionMethods, tileNames, type Variant } from "../../src/kernels/variant.js";
import { checkOp, type TestInputs } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { planFor } from "../support/plan-for.js";
import { integer, pick, random } from "../support/random.js";

// Sums of at most 49·24 products of numbers below 1, in f32: the rounding of each of some 1200 additions, 2⁻²⁴ of
// a sum of the order of the result, adds up to well under 1e-5 of the largest result.
const tolerance: Tolerance = { absolute: 1e-6, relative: 1e-5 };

const activations: Activation[] = ["none", "relu", "gelu", "quickGelu", "sigmoid"];

interface Case {
  batch?: number;
  height: number;
  width: number;
  channels: number;
  outChannels: number;
  kernel: number;
  stride?: number;
  padding?: number;
  activation?: Activation;
  bias?: boolean;
  residual?: boolean;
  gate?: boolean;
}

async function checkConv2d(test: Case, seed = 1, within = tolerance): Promise<void> {
  const { batch = 1, height, width, channels, outChannels, kernel, stride = 1, padding = 0 } = test;
  const out = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  const outMap = (last: number) => ({ shape: [batch, out(height), out(width), last] });
  const inputs: TestInputs<"conv2d"> = {
    x: { shape: [batch, height, width, channels] },
    weight: { shape: [outChannels, channels, kernel, kernel], parameter: true },
    bias: test.bias ? { shape: [outChannels], parameter: true } : undefined,
    residual: test.residual ? outMap(outChannels) : undefined,
    gate: test.gate ? outMap(1) : undefined,
  };
  await checkOp("conv2d", inputs, { stride, padding, activation: test.activation ?? "none" }, within, seed);
}

// A software adapter plans another shader for vectors than a GPU does; each adapter can run, and must be right in, both.
for (const family of ["llvmpipe", "unknown"]) {
  describeGpu(`conv2d as planned for ${family}`, () => {
    planFor(family, { method: "implicitGemm" });

    const map = { height: 9, width: 11, channels: 8, outChannels: 12 };

    it.each([
      { kernel: 1 },
      { kernel: 1, stride: 2 },
      { kernel: 3, padding: 1 },
      { kernel: 3, stride: 2, padding: 1 },
      { kernel: 7, stride: 2, padding: 3 },
      { kernel: 3, padding: 3 },
      { kernel: 2, stride: 3 },
    ])("computes windows %o", async (window) => {
      await checkConv2d({ ...map, ...window });
      await checkConv2d({ ...map, ...window, outChannels: 32 });
    });

    it.each([
      { channels: 3, outChannels: 64 },
      { channels: 4, outChannels: 68 },
      { channels: 20, outChannels: 4 },
      { channels: 8, outChannels: 1 },
      { channels: 5, outChannels: 1 },
      { channels: 1, outChannels: 1 },
      { channels: 1, outChannels: 7 },
      { channels: 6, outChannels: 8 },
    ])("computes channels %o", (channels) => checkConv2d({ ...map, ...channels, kernel: 3, padding: 1 }));

    it.each([
      { height: 1, width: 1 },
      { height: 1, width: 67 },
      { height: 67, width: 1 },
      { height: 8, width: 8 },
      { height: 5, width: 13, batch: 3 },
      // Enough workgroups for the larger tiles.
      { height: 65, width: 67, outChannels: 64 },
    ])("computes maps %o", (size) => checkConv2d({ ...map, ...size, kernel: 3, padding: 1 }));

    const everything = { bias: true, residual: true, gate: true };
    it.each([
      { bias: true },
      { residual: true },
      { gate: true },
      ...activations.map((activation) => ({ activation, ...everything })),
    ])("fuses %o", async (epilogue) => {
      await checkConv2d({ ...map, kernel: 1, ...epilogue });
      await checkConv2d({ ...map, channels: 3, kernel: 1, ...epilogue });
      await checkConv2d({ ...map, outChannels: 16, kernel: 1, ...epilogue });
      await checkConv2d({ ...map, outChannels: 1, kernel: 1, ...epilogue });
    });

    const seed = 20261123;
    it(`computes 200 random convolutions (seed ${seed})`, async () => {
      const draw = random(seed);
      const flip = () => draw() < 0.5;
      // Each kind is a pipeline or three, and pipelines take longer to compile than these shapes to run.
      const kinds = Array.from({ length: 10 }, () => {
        const kernel = pick(draw, [1, 2, 3, 5, 7]);
        return {
          kernel,
          padding: integer(draw, 0, kernel - 1),
          stride: integer(draw, 1, 3),
          activation: pick(draw, activations),
          bias: flip(),
          residual: flip(),
          gate: flip(),
        };
      });
      for (let i = 0; i < 200; i++) {
        const kind = pick(draw, kinds);
        await checkConv2d(
          {
            ...kind,
            batch: integer(draw, 1, 2),
            height: integer(draw, kind.kernel, 12),
            width: integer(draw, kind.kernel, 12),
            channels: flip() ? 4 * integer(draw, 1, 6) : integer(draw, 1, 9),
            outChannels: flip() ? pick(draw, [1, 4, 32, 64, 72]) : integer(draw, 1, 9),
          },
          seed + i,
        );
      }
    });
  });
}

// Winograd's transforms add up numbers that cancel again, so that rounding errors are larger than the sum of a window
// would have: by about 2 for F(2×2, 3×3), whose output transform adds 9 products up, and by some 5 for F(4×4, 3×3), which
// adds 25 up by factors of up to 8. Errors spread over a tile, and so are relative to the largest result.
const methodTolerances: Record<Variant["method"], Tolerance> = {
  implicitGemm: tolerance,
  splitK: tolerance,
  winograd2: tolerance,
  winograd4: { absolute: 1e-6, relative: 2e-5 },
};

describe.each(["llvmpipe", "unknown"])("on %s", (family) => {
  for (const method of ["splitK", "winograd2", "winograd4"] as const) {
    const within = methodTolerances[method];
    describeGpu(`conv2d by ${method} as planned for ${family}`, () => {
      planFor(family, { method });
      const check = (test: Partial<Case>, seed?: number) =>
        checkConv2d(
          { height: 9, width: 11, channels: 64, outChannels: 12, kernel: 3, padding: 1, ...test },
          seed,
          within,
        );

      it.each([
        { height: 1, width: 1 },
        { height: 8, width: 12, batch: 2 },
        { height: 1, width: 67 },
        { height: 5, width: 2, channels: 68, outChannels: 72, batch: 3 },
        { channels: 100 },
        { channels: 4, outChannels: 4 },
        // What the method is not for, and is computed by an implicit GEMM.
        { channels: 6, outChannels: 8 },
        { stride: 2 },
        { padding: 0 },
        // Enough workgroups for the larger tiles.
        { height: 65, width: 67, channels: 4, outChannels: 64 },
      ])("computes maps %o", (size) => check(size));

      // Few, since each is a pipeline.
      it.each<Partial<Case>>([
        { residual: true, activation: "gelu" },
        { gate: true, activation: "sigmoid" },
        { bias: true, residual: true, gate: true, activation: "quickGelu" },
      ])("fuses %o", (epilogue) => check(epilogue));

      const seed = 20261125;
      it(`computes 30 random maps (seed ${seed})`, async () => {
        const draw = random(seed);
        for (let i = 0; i < 30; i++) {
          const sizes = {
            batch: integer(draw, 1, 2),
            height: integer(draw, 1, 13),
            width: integer(draw, 1, 13),
            channels: 4 * integer(draw, 1, 24),
            outChannels: 4 * integer(draw, 1, 10),
          };
          await check({ ...sizes, bias: true, activation: "relu" }, seed + i);
        }
      });
    });
  }
});

// Every variant that a tuner may choose, over maps and channels that its tile does not divide.
describe.each(tileNames)("a tile %s", (tile) => {
  for (const method of convolutionMethods) {
    describeGpu(`of ${method}`, () => {
      planFor("unknown", { method, tile });
      it.each<Pick<Case, "height" | "width" | "channels" | "outChannels">>([
        { height: 1, width: 1, channels: 64, outChannels: 4 },
        { height: 5, width: 9, channels: 100, outChannels: 68 },
        { height: 3, width: 1, channels: 12, outChannels: 48 },
        { height: 17, width: 23, channels: 20, outChannels: 80 },
      ])("computes %o", (map) =>
        checkConv2d(
          { ...map, kernel: 3, padding: 1, bias: true, activation: "relu" },
          1,
          methodTolerances[method],
        ),
      );
    });
  }
});
