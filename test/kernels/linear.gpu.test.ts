import { it } from "vitest";
import type { Activation } from "../../src/graph/graph.js";
import { checkOp } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, pick, random } from "../support/random.js";

// Sums of at most 300 products in f32, each addition rounded by 2⁻²⁴ of a sum whose terms are below 1. A result of
// one number can be far smaller than its terms, so the bound is absolute: 300 · 2⁻²⁴ ≈ 2e-5 at the very worst.
const tolerance: Tolerance = { absolute: 2e-5, relative: 1e-5 };

const activations: Activation[] = ["none", "relu", "gelu", "quickGelu", "sigmoid"];

interface Case {
  rows: number[];
  width: number;
  outputs: number;
  activation?: Activation;
  bias?: boolean;
  residual?: boolean;
}

async function checkLinear({ rows, width, outputs, activation, bias, residual }: Case, seed = 1) {
  await checkOp(
    "linear",
    {
      x: { shape: [...rows, width] },
      weight: { shape: [outputs, width], parameter: true },
      bias: bias ? { shape: [outputs], parameter: true } : undefined,
      residual: residual ? { shape: [...rows, outputs] } : undefined,
    },
    { activation: activation ?? "none" },
    tolerance,
    seed,
  );
}

describeGpu("linear", () => {
  it.each([
    { rows: [1], width: 160, outputs: 1 },
    { rows: [1], width: 1, outputs: 1 },
    { rows: [4], width: 33, outputs: 17 },
    { rows: [2, 2], width: 300, outputs: 40 },
    { rows: [5], width: 64, outputs: 64 },
    { rows: [49], width: 256, outputs: 68 },
    { rows: [1, 65], width: 30, outputs: 12 },
    { rows: [3, 25], width: 12, outputs: 30 },
    { rows: [40], width: 64, outputs: 1 },
    { rows: [40], width: 7, outputs: 1 },
  ])("multiplies %o", (size) => checkLinear(size));

  it.each([
    { bias: true },
    { residual: true },
    ...activations.map((activation) => ({ activation, bias: true, residual: true })),
  ])("fuses %o", async (epilogue) => {
    await checkLinear({ rows: [2], width: 20, outputs: 12, ...epilogue });
    await checkLinear({ rows: [20], width: 20, outputs: 12, ...epilogue });
  });

  const seed = 4711;
  it(`multiplies 200 random matrices (seed ${seed})`, async () => {
    const draw = random(seed);
    const flip = () => draw() < 0.5;
    // Each kind is a few pipelines, and pipelines take longer to compile than these shapes to run.
    const kinds = Array.from({ length: 6 }, () => ({
      activation: pick(draw, activations),
      bias: flip(),
      residual: flip(),
    }));
    for (let i = 0; i < 200; i++) {
      await checkLinear(
        {
          ...pick(draw, kinds),
          rows: flip() ? [integer(draw, 1, 8)] : [integer(draw, 1, 3), integer(draw, 1, 40)],
          width: flip() ? 4 * integer(draw, 1, 40) : integer(draw, 1, 160),
          outputs: flip() ? 4 * integer(draw, 1, 40) : integer(draw, 1, 80),
        },
        seed + i,
      );
    }
  });
});
