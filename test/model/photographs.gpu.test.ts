import { test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { describeGpu, testDevice } from "../support/gpu.js";
import { checkPhotographs } from "../support/photographs.js";

describeGpu("the shipped checkpoints", () => {
  test("score a photograph as PyTorch does", async () => {
    const model = await loadModel(undefined, { device: (await testDevice()).raw });
    // 1e-4 is the requirement.
    await checkPhotographs(model, 1e-4);
    model.dispose();
  });
});
