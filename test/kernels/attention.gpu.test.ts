import { it } from "vitest";
import { checkOp } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { planFor } from "../support/plan-for.js";
import { integer, pick, random } from "../support/random.js";

// Scores of up to 128 products are right to some 1e-6, and exp carries that over to the weights, whose mean of values
// below 1 the result is.
const tolerance: Tolerance = { absolute: 1e-5, relative: 1e-5 };

interface Case {
  batch?: number;
  tokens: number;
  keys: number;
  heads: number;
  headWidth: number;
  causal?: boolean;
  residual?: boolean;
  /** Queries and keys are drawn from ±`spread`. */
  spread?: number;
  /** Widths of the rows of q, k and v, and the channels at which the heads begin in them. */
  cut?: { qWidth: number; kWidth: number; vWidth: number; q: number; k: number; v: number };
}

async function checkAttention(test: Case, bound = tolerance, seed = 1): Promise<void> {
  const { batch = 1, tokens, keys, heads, headWidth, causal = false, residual = false, spread = 1 } = test;
  const width = heads * headWidth;
  const { qWidth, kWidth, vWidth, ...starts } = test.cut ?? { qWidth: width, kWidth: width, vWidth: width };
  await checkOp(
    "attention",
    {
      q: { shape: [batch, tokens, qWidth], range: [-spread, spread] },
      k: { shape: [batch, keys, kWidth], range: [-spread, spread] },
      v: { shape: [batch, keys, vWidth] },
      residual: residual ? { shape: [batch, tokens, width] } : undefined,
    },
    { heads, causal, cut: "q" in starts ? { width, ...starts } : undefined },
    bound,
    seed,
  );
}

// A software adapter plans another kernel than a GPU does; each adapter can run, and must be right in, both.
describeGpu.each(["llvmpipe", "unknown"])("attention as planned for %s", (family) => {
  planFor(family);

  it.each([
    { tokens: 1, keys: 1, heads: 1, headWidth: 4 },
    { tokens: 49, keys: 49, heads: 4, headWidth: 64, residual: true },
    { tokens: 77, keys: 77, heads: 8, headWidth: 64, causal: true },
    { tokens: 7, keys: 300, heads: 2, headWidth: 16 },
    { tokens: 70, keys: 3, heads: 2, headWidth: 32, batch: 2 },
    { tokens: 33, keys: 65, heads: 1, headWidth: 128 },
    { tokens: 8, keys: 32, heads: 3, headWidth: 100, residual: true },
    { tokens: 6, keys: 50, heads: 2, headWidth: 8, causal: true },
    { tokens: 50, keys: 6, heads: 2, headWidth: 8, causal: true },
  ])("attends %o", (test) => checkAttention(test));

  it.each([1, 7, 30, 66, 127])("takes a head width of %i", (headWidth) =>
    checkAttention({ tokens: 10, keys: 40, heads: 3, headWidth }),
  );

  it.each([
    { qWidth: 48, kWidth: 96, vWidth: 64, q: 16, k: 0, v: 32 },
    { qWidth: 37, kWidth: 48, vWidth: 48, q: 5, k: 0, v: 16 },
    { qWidth: 48, kWidth: 48, vWidth: 48, q: 0, k: 16, v: 30 },
  ])("reads its channels in wider rows: %o", async (cut) => {
    await checkAttention({ batch: 2, tokens: 21, keys: 19, heads: 2, headWidth: 8, residual: true, cut });
  });

  it("attends 4096 keys", () => checkAttention({ tokens: 9, keys: 4096, heads: 1, headWidth: 16 }));

  it("attends 4096 queries", () => checkAttention({ tokens: 4096, keys: 9, heads: 1, headWidth: 16 }));

  // Scores of ±500, whose exponentials do not fit in f32; they are right to 500 · 2⁻²² ≈ 1e-4.
  it("keeps its footing on scores whose exponentials overflow", () =>
    checkAttention(
      { tokens: 20, keys: 100, heads: 1, headWidth: 16, spread: 25 },
      { absolute: 1e-3, relative: 0 },
    ));

  const seed = 90210;
  it(`attends in 200 random shapes (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const causal = draw() < 0.5;
      const tokens = integer(draw, 1, 60);
      await checkAttention(
        {
          batch: integer(draw, 1, 2),
          tokens,
          keys: causal ? tokens : integer(draw, 1, 90),
          heads: integer(draw, 1, 4),
          headWidth: pick(draw, [4, 10, 16, 31, 32, 64]),
          causal,
          residual: draw() < 0.5,
        },
        tolerance,
        seed + i,
      );
    }
  });
});
