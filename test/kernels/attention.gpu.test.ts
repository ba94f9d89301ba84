import { it } from "vitest";
import { checkOp } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
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
}

async function checkAttention(test: Case, bound = tolerance, seed = 1): Promise<void> {
  const { batch = 1, tokens, keys, heads, headWidth, causal = false, residual = false, spread = 1 } = test;
  const width = heads * headWidth;
  await checkOp(
    "attention",
    {
      q: { shape: [batch, tokens, width], range: [-spread, spread] },
      k: { shape: [batch, keys, width], range: [-spread, spread] },
      v: { shape: [batch, keys, width] },
      residual: residual ? { shape: [batch, tokens, width] } : undefined,
    },
    { heads, causal },
    bound,
    seed,
  );
}

describeGpu("attention", () => {
  it.each([
    { tokens: 1, keys: 1, heads: 1, headWidth: 4 },
    { tokens: 49, keys: 49, heads: 4, headWidth: 64, residual: true },
    { tokens: 77, keys: 77, heads: 8, headWidth: 64, causal: true },
    { tokens: 7, keys: 300, heads: 2, headWidth: 16 },
    { tokens: 70, keys: 3, heads: 2, headWidth: 32, batch: 2 },
    { tokens: 33, keys: 65, heads: 1, headWidth: 128 },
    { tokens: 8, keys: 32, heads: 3, headWidth: 100, residual: true },
  ])("attends %o", (test) => checkAttention(test));

  it.each([1, 7, 30, 66, 127])("takes a head width of %i", (headWidth) =>
    checkAttention({ tokens: 10, keys: 40, heads: 3, headWidth }),
  );

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
