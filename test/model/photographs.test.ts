import { test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { checkPhotographs } from "../support/photographs.js";

test("the shipped checkpoints score a photograph on the CPU as PyTorch does", async () => {
  const model = await loadModel(undefined, { adapter: "cpu" });
  await checkPhotographs(model, 1e-5, { quick: true });
  model.dispose();
});
