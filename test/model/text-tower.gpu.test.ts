/** The text tower on the GPU against PyTorch, in small and at CLIP's full size. */
import { afterAll, expect, test } from "vitest";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { embedPrompts } from "../../src/text/embed.js";
import { expectClose } from "../support/close.js";
import { seededWeights } from "../support/goldens.js";
import { describeGpu, testDevice, testsLong } from "../support/gpu.js";
import { readTextGolden, textGoldenCases } from "../support/text-goldens.js";

describeGpu("the text tower on the GPU equals PyTorch", () => {
  test.for(textGoldenCases)("%s", async (name, { skip }) => {
    skip(!testsLong && name === "text-clip-77", "CLIP's whole context takes too long here");
    const golden = readTextGolden(name);
    const executor = new GpuExecutor(await testDevice(), seededWeights(golden.seed));
    const features = await embedPrompts(golden.config, executor, golden.prompts);
    executor.dispose();
    expectClose(features, golden.features, { absolute: 1e-4, relative: 0 }, name);
  });

  afterAll(async () => expect((await testDevice()).bytes, "GPU bytes left over").toBe(0));
});
