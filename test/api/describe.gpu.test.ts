/** Texts of one's own on the adapter under test: as the CPU has them, and without leaving anything behind. */
import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { expectClose } from "../support/close.js";
import { blurred, photograph } from "../support/describe.js";
import { describeGpu, testDevice } from "../support/gpu.js";

const texts = ["blurry", "out of focus", "washed out", "dreamy"];

describeGpu("texts on the GPU", () => {
  test("read as on the CPU, alone and beside a reference", async () => {
    const gpu = await loadModel(undefined, { device: (await testDevice()).raw });
    const cpu = await loadModel(undefined, { adapter: "cpu" });
    const sharp = await photograph();
    const soft = blurred(sharp);
    for (const options of [{}, { reference: sharp }]) {
      const [a, b] = [await gpu.describe(soft, texts, options), await cpu.describe(soft, texts, options)];
      expect(a.executor).toBe("webgpu");
      expect(a.texts.map(({ nearest }) => nearest.word)).toEqual(b.texts.map(({ nearest }) => nearest.word));
      const numbers = ({ texts: readings }: typeof a) =>
        readings.flatMap(({ similarities, value, nearest }) => [...similarities, value, nearest.similarity]);
      expectClose(
        numbers(a),
        numbers(b),
        { absolute: 1e-3, relative: 0 },
        JSON.stringify(Object.keys(options)),
      );
    }
    gpu.dispose();
    cpu.dispose();
  });

  test("cost no program of the network beyond the score's, and leave no bytes behind", async () => {
    const model = await loadModel(undefined, { device: (await testDevice()).raw });
    const sharp = await photograph();
    const reference = await model.reference(sharp);
    await model.describe(sharp, texts);
    await model.describe(sharp, texts, { reference });
    const before = model.bytes;
    for (let i = 0; i < 5; i++) {
      await model.score(sharp);
      await model.describe(sharp, [...texts, `new ${i}`]);
      await model.describe(sharp, texts, { reference });
    }
    expect(model.bytes).toBe(before);
    reference.dispose();
    model.dispose();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(model.bytes).toBe(0);
  });
});
