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

/** An answer that sends its last byte when `release` is called. */
function holdingBack(bytes: Uint8Array) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, -1));
      await released;
      controller.enqueue(bytes.subarray(-1));
      controller.close();
    },
  });
  return { answer: new Response(body), release };
}

/** Watches what a device is asked for, and tells the shaders of pipelines. */
function watch(device: GPUDevice, onCompile: (shader: string) => void, onBuffer = () => {}) {
  const compileAsync = device.createComputePipelineAsync.bind(device);
  const createBuffer = device.createBuffer.bind(device);
  const spies = [
    vi.spyOn(device, "createComputePipelineAsync").mockImplementation((descriptor) => {
      onCompile(descriptor.label ?? "");
      return compileAsync(descriptor);
    }),
    vi.spyOn(device, "createBuffer").mockImplementation((descriptor) => {
      onBuffer();
      return createBuffer(descriptor);
    }),
  ];
  return () => {
    for (const spy of spies) spy.mockRestore();
  };
}

// Where a checkpoint's last byte is sent only once something is compiled, what waited for it would wait for ever.
describeGpu("a model whose checkpoint is on its way", () => {
  test.each([
    ["nr", nr],
    ["fr", fr],
  ] as const)("compiles for %s before the last byte, and uploads after it", async (mode, bytes) => {
    const { raw } = await testDevice();
    const { answer, release } = holdingBack(bytes);
    const events: string[] = [];
    const unwatch = watch(
      raw,
      (shader) => {
        events.push("compile");
        // Of the last graph that is run, which beside a reference is the second.
        if (!shader.includes("attention")) return;
        events.push("last byte");
        release();
      },
      () => events.push("upload"),
    );
    try {
      const model = await loadModel({ [mode]: answer }, { device: raw });
      await model.warmup({ width: 72, height: 56, mode });
      expect(events[0]).toBe("compile");
      expect(events.indexOf("upload")).toBeGreaterThan(events.indexOf("last byte"));
      model.dispose();
    } finally {
      unwatch();
    }
  });

  test("compiles for a first picture, too, which is scored as ever", async () => {
    const { raw } = await testDevice();
    const { answer, release } = holdingBack(nr);
    const unwatch = watch(raw, release);
    try {
      const arriving = await loadModel({ nr: answer }, { device: raw });
      const score = await arriving.score(rgb(72, 56));
      const whole = await loadModel(nr, { device: raw });
      expect(score).toEqual({ ...(await whole.score(rgb(72, 56))), ms: score.ms });
      for (const model of [arriving, whole]) model.dispose();
    } finally {
      unwatch();
    }
  });

  test("and that is disposed of leaves no buffers behind when the rest comes", async () => {
    const { raw } = await testDevice();
    const { answer, release } = holdingBack(nr);
    const model = await loadModel({ nr: answer }, { device: raw });
    const compiling = vi.spyOn(raw, "createComputePipelineAsync");
    const warming = model.warmup({ width: 80, height: 64 });
    await expect.poll(() => compiling.mock.calls.length).toBeGreaterThan(0);
    compiling.mockRestore();
    model.dispose();
    release();
    await expectCode("INPUT_DISPOSED", () => warming);
    expect(model.bytes).toBe(0);
  });
});

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
