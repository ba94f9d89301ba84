/** The public API on the adapter under test: determinism, memory, and what happens when the device goes away. */
import { expect, test } from "vitest";
import type { ImageInput } from "../../src/api/image-input.js";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice, testsLong } from "../support/gpu.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));

const rgb = (width: number, height: number, seed = 1): ImageInput => ({
  width,
  height,
  channels: 3,
  data: seededPicture(height, width, seed),
});
const distorted = (width: number, height: number): ImageInput => ({
  width,
  height,
  channels: 3,
  data: seededDistorted(height, width, 1),
});

describeGpu("a model on the GPU", () => {
  const sizes = [
    [70, 50],
    [33, 32],
  ];
  /** Of a shorter side of more than 512, which takes long. */
  if (testsLong) sizes.push([800, 600]);

  test(`scores as the CPU does, alone and against a reference, at ${sizes.join(", ")}`, async () => {
    const gpu = await loadModel({ nr, fr }, { device: (await testDevice()).raw });
    const cpu = await loadModel({ nr, fr }, { adapter: "cpu" });
    for (const [width, height] of sizes) {
      const [a, b] = [await gpu.score(rgb(width, height)), await cpu.score(rgb(width, height))];
      expect(a.executor).toBe("webgpu");
      expect(a.score).toBeCloseTo(b.score, 4);
      const [c, d] = [
        await gpu.compare(rgb(width, height), distorted(width, height)),
        await cpu.compare(rgb(width, height), distorted(width, height)),
      ];
      expect(c.score).toBeCloseTo(d.score, 4);
    }
    gpu.dispose();
    cpu.dispose();
  });

  test("gives the same bits every time, also when runs overlap", async () => {
    const model = await loadModel(nr, { device: (await testDevice()).raw });
    const pictures = [rgb(70, 50, 1), rgb(70, 50, 2), rgb(64, 64, 3)];
    const first = [];
    for (const picture of pictures) first.push((await model.score(picture)).adjectives);
    const overlapping = await Promise.all([...pictures, ...pictures].map((picture) => model.score(picture)));
    expect(overlapping.map(({ adjectives }) => adjectives)).toEqual([...first, ...first]);
    model.dispose();
  });

  const many = testsLong ? 200 : 50;

  test(`${many} scores and comparisons leave GPU bytes and heap where they were after the tenth`, async () => {
    const model = await loadModel({ nr, fr }, { device: (await testDevice()).raw });
    const reference = await model.reference(rgb(48, 40));
    const measure = () => {
      globalThis.gc?.();
      return { bytes: model.bytes, heap: globalThis.gc ? process.memoryUsage().heapUsed : 0 };
    };
    let tenth = measure();
    for (let i = 0; i < many; i++) {
      await model.score(rgb(48, 40, i));
      if (i % 10 === 0) await model.compare(reference, distorted(48, 40));
      if (i === 10) tenth = measure();
    }
    const last = measure();
    expect(last.bytes).toBe(tenth.bytes);
    // The heap is compared where the collector can be called (node --expose-gc); 1 MiB is noise of the test runner.
    if (globalThis.gc) expect(last.heap - tenth.heap).toBeLessThan(2 ** 20);
    reference.dispose();
    model.dispose();
  });

  test("pictures of many sizes keep a bounded number of programs", async () => {
    const model = await loadModel(nr, { device: (await testDevice()).raw });
    const bytes: number[] = [];
    for (let i = 0; i < 12; i++) {
      await model.score(rgb(64 + (i % 6), 64));
      bytes.push(model.bytes);
    }
    expect(Math.max(...bytes.slice(6))).toBeLessThan(1.2 * Math.max(...bytes.slice(0, 6)));
    model.dispose();
  });

  test("a failed preparation leaves no buffers behind", async () => {
    const model = await loadModel(nr, { device: (await testDevice()).raw });
    await model.score(rgb(64, 64));
    const before = model.bytes;
    await expectCode("INPUT_TOO_SMALL", () => model.score(rgb(8, 8)));
    expect(model.bytes).toBe(before);
    model.dispose();
  });

  test("dispose gives everything back and leaves a caller's device alive", async () => {
    const { raw } = await testDevice();
    const model = await loadModel(nr, { device: raw });
    await model.score(rgb(64, 64));
    expect(model.bytes).toBeGreaterThan(0);
    model.dispose();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(model.bytes).toBe(0);
    const again = await loadModel(nr, { device: raw });
    expect(Number.isFinite((await again.score(rgb(64, 64))).score)).toBe(true);
    again.dispose();
  });

  test("a lost device is a typed error, before and during a run", async () => {
    const { raw } = await testDevice();
    const { requestNodeAdapter } = await import("../../src/node/adapter.js");
    const device = await (await requestNodeAdapter("auto")).requestDevice();
    expect(device).not.toBe(raw);
    const model = await loadModel(nr, { device });
    await model.score(rgb(64, 64));
    const running = model.score(rgb(64, 64));
    device.destroy();
    await expectCode("DEVICE_LOST", () => running);
    await expectCode("DEVICE_LOST", () => model.score(rgb(64, 64)));
    model.dispose();
  });
});
