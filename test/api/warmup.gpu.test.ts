/** Making a model ready ahead of its pictures: what is left for the first of them to prepare. */
import { expect, test, vi } from "vitest";
import type { ImageInput } from "../../src/api/image-input.js";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice } from "../support/gpu.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));

const rgb = (width: number, height: number): ImageInput => {
  return { width, height, channels: 3, data: seededPicture(height, width, 1) };
};
const distorted = (width: number, height: number): ImageInput => {
  return { width, height, channels: 3, data: seededDistorted(height, width, 1) };
};

describeGpu("a model that was made ready", () => {
  test("has nothing to compile and nothing to upload at its first score", async () => {
    const { raw } = await testDevice();
    const compile = vi.spyOn(raw, "createComputePipelineAsync");
    const create = vi.spyOn(raw, "createBuffer");
    try {
      const model = await loadModel({ nr, fr }, { device: raw });
      await model.warmup({ width: 72, height: 56 });
      expect(compile).toHaveBeenCalled();
      expect(create).toHaveBeenCalled();
      compile.mockClear();
      create.mockClear();
      const { bytes } = model;
      const { score } = await model.score(rgb(72, 56));
      expect(compile).not.toHaveBeenCalled();
      expect(create).not.toHaveBeenCalled();
      expect(model.bytes).toBe(bytes);
      model.dispose();

      const cold = await loadModel({ nr }, { device: raw });
      expect((await cold.score(rgb(72, 56))).score).toBe(score);
      expect(compile).toHaveBeenCalled();
      cold.dispose();
    } finally {
      compile.mockRestore();
      create.mockRestore();
    }
  });

  test("has nothing to compile, and keeps nothing, at its first comparison", async () => {
    const { raw } = await testDevice();
    const compile = vi.spyOn(raw, "createComputePipelineAsync");
    try {
      const model = await loadModel({ fr }, { device: raw });
      await model.warmup({ width: 72, height: 56, mode: "fr" });
      const { bytes } = model;
      compile.mockClear();
      const reference = await model.reference(rgb(72, 56));
      await model.compare(reference, distorted(72, 56));
      reference.dispose();
      expect(compile).not.toHaveBeenCalled();
      expect(model.bytes).toBe(bytes);
      model.dispose();
    } finally {
      compile.mockRestore();
    }
  });

  test("that is disposed of in the midst of it leaves no buffers behind", async () => {
    const { raw } = await testDevice();
    const model = await loadModel({ nr }, { device: raw });
    await model.load("nr");
    const warming = model.warmup({ width: 80, height: 64 });
    model.dispose();
    await expectCode("INPUT_DISPOSED", () => warming);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(model.bytes).toBe(0);
  });
});
