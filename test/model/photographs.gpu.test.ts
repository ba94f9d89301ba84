import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { describeGpu, describeHalf, testDevice, testsLong } from "../support/gpu.js";
import { checkPhotographs } from "../support/photographs.js";

/** On the system's driver, in Node, every case; elsewhere the photograph as it is. */
const quick = !testsLong;

describeGpu("the shipped checkpoints", () => {
  test("score a photograph as PyTorch does", async () => {
    const model = await loadModel(undefined, { device: (await testDevice()).raw });
    // 1e-4 is the requirement.
    await checkPhotographs(model, 1e-4, { quick });
    model.dispose();
  });
});

describeHalf("the shipped checkpoints in half precision", () => {
  test("score a photograph as PyTorch does in f32", async () => {
    const model = await loadModel(undefined, { device: (await testDevice()).raw, precision: "f16" });
    expect(model.precision).toBe("f16");
    // 3e-3 is the requirement for scores. A place is not a mean over many, and came to 0.012.
    await checkPhotographs(model, 3e-3, { ofPlaces: 2e-2, quick });
    model.dispose();
  });
});
