/** The CPU executor against PyTorch, stage by stage. The GPU's turn is goldens.gpu.test.ts. */
import { describe, expect, test } from "vitest";
import { CpuExecutor } from "../../src/reference/executor.js";
import { compareWithGolden, goldenCases, readGolden, seededWeights } from "../support/goldens.js";

// A paper-size case takes some 10 s a 224² on the CPU. Larger pictures are left to the GPU, and so is the other gate at
// the paper's size, in which the small networks differ alike.
const cases = goldenCases.filter((name) =>
  /^small-.*-(224x224|317x200)$|^paper-(nr-linear|fr)-224x224$/.test(name),
);

describe("the CPU executor equals PyTorch", () => {
  test.each(cases)("%s", async (name) => {
    const golden = readGolden(name);
    const errors = await compareWithGolden(golden, new CpuExecutor(seededWeights(golden.seed)));
    // Sums are in f64 and only results are rounded to f32, against float64 throughout: 1e-5 is the requirement, and
    // ten times what was measured.
    for (const { stage, absolute, relative } of errors) {
      const isResult = /^score|similarities$|quality$/.test(stage);
      expect(isResult ? absolute : relative, stage).toBeLessThanOrEqual(1e-5);
    }
  });
});
