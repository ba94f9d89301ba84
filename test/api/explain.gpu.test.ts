/** Explanations on the adapter under test: as the CPU has them, and with the score that a picture has without one. */
import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { expectClose } from "../support/close.js";
import { blurred, photograph } from "../support/describe.js";
import { expectExplains, mapsOf } from "../support/explain.js";
import { describeGpu, testDevice } from "../support/gpu.js";

describeGpu("explanations on the GPU", () => {
  test("are as on the CPU, alone and beside a reference", async () => {
    const gpu = await loadModel(undefined, { device: (await testDevice()).raw });
    const cpu = await loadModel(undefined, { adapter: "cpu" });
    const sharp = await photograph();
    const soft = blurred(sharp);
    for (const reference of [undefined, sharp]) {
      const [a, b] = [await expectExplains(gpu, soft, reference), await cpu.explain(soft, { reference })];
      expect(a.executor).toBe("webgpu");
      const expected = new Map(mapsOf(b));
      // Of maps whose values are about 1, summed in other orders in f32, as scores and similarities are.
      for (const [name, map] of mapsOf(a)) {
        expectClose(map.data, expected.get(name)!.data, { absolute: 1e-4, relative: 1e-4 }, name);
      }
      for (const [level, { adjectives }] of a.levels.entries()) {
        const values = new Map(b.levels[level].adjectives.map(({ word, value }) => [word, value]));
        for (const { word, value } of adjectives) expect(value).toBeCloseTo(values.get(word)!, 3);
      }
    }
    gpu.dispose();
    cpu.dispose();
  });
});
