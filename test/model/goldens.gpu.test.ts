/** The GPU executor against PyTorch, stage by stage: NR and FR, paper size and compact. */
import { afterAll, expect, test } from "vitest";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { compareWithGolden, goldenCases, readGolden, seededWeights } from "../support/goldens.js";
import { describeGpu, testDevice, testsLong } from "../support/gpu.js";

describeGpu("the GPU executor equals PyTorch", () => {
  const tooLarge = (name: string) => !testsLong && /^paper-|-384x384$/.test(name);

  test.for(goldenCases)("%s", async (name, { skip }) => {
    skip(tooLarge(name), "the paper's size and large pictures take too long here");
    const golden = readGolden(name);
    const executor = new GpuExecutor(await testDevice(), seededWeights(golden.seed));
    const errors = await compareWithGolden(golden, executor);
    executor.dispose();
    for (const { stage, absolute, relative } of errors) {
      // The requirements: 1e-4 on what is reported, 1e-3 of the largest value on what leads to it.
      if (/^score|similarities$|quality$/.test(stage)) {
        expect(absolute, stage).toBeLessThanOrEqual(1e-4);
      } else {
        expect(relative, stage).toBeLessThanOrEqual(1e-3);
      }
    }
  });

  afterAll(async () => expect((await testDevice()).bytes, "GPU bytes left over").toBe(0));
});
