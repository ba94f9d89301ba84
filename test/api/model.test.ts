/** The public API on the CPU executor; the GPU's turn is model.gpu.test.ts. */
import { describe, expect, test } from "vitest";
import type { ImageInput } from "../../src/api/image-input.js";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));
const cpu = { adapter: "cpu" } as const;

const rgb = (width: number, height: number, data = seededPicture(height, width, 1)): ImageInput => ({
  width,
  height,
  channels: 3,
  data,
});

describe("score", () => {
  test("says what was computed, of what, by what", async () => {
    const model = await loadModel(nr, cpu);
    const result = await model.score(rgb(70, 50));
    expect(result).toMatchObject({
      width: 70,
      height: 50,
      mode: "nr",
      model: "tiny-nr",
      policy: "own size",
      executor: "cpu",
      adapter: "CPU reference executor",
      warnings: [],
    });
    expect(result.checkpoint).toMatch(/^[0-9a-f]{12}$/);
    expect(Number.isFinite(result.score)).toBe(true);
    expect(Object.keys(result.dimensions)).toEqual([
      "sharpness",
      "brightness",
      "colour",
      "contrast",
      "noise",
      "artifacts",
    ]);
    expect(result.adjectives).toHaveLength(40);
    model.dispose();
  });

  test("16 bits that hold the same values as 8 give the same score", async () => {
    const model = await loadModel(nr, cpu);
    const data = seededPicture(50, 70, 1);
    const deep = Uint16Array.from(data, (value) => value * 257);
    const [a, b] = [
      await model.score(rgb(70, 50, data)),
      await model.score({ width: 70, height: 50, channels: 3, data: deep }),
    ];
    expect(b.score).toBeCloseTo(a.score, 6);
    model.dispose();
  });

  test("a large picture is brought to a shorter side of 512, and the policy says so", async () => {
    const model = await loadModel(nr, cpu);
    const large = await model.score(rgb(800, 600));
    expect(large.policy).toBe("bicubic to 683x512");
    expect([large.width, large.height]).toEqual([800, 600]);
    model.dispose();
  });

  test("refuses what it cannot score, by code", async () => {
    const model = await loadModel(nr, cpu);
    await expectCode("INPUT_TOO_SMALL", () => model.score(rgb(31, 50)));
    await expectCode("INPUT_TOO_SMALL", () => model.score(rgb(1, 1)));
    await expectCode("INPUT_LENGTH", () =>
      model.score({ width: 40, height: 40, channels: 3, data: new Uint8Array(7) }),
    );
    await expectCode("INPUT_IMAGE", () => model.score(42 as never));
    await expectCode("IMAGE_FILE", () => model.score("no such file.png"));
    await expectCode("INPUT_MODE", () => model.compare(rgb(50, 50), rgb(50, 50)));
    model.dispose();
    await expectCode("INPUT_DISPOSED", () => model.score(rgb(50, 50)));
  });
});

describe("compare", () => {
  const reference = rgb(70, 50);
  const distorted = rgb(70, 50, seededDistorted(50, 70, 1));

  test("a kept reference gives what the pair gives, each time", async () => {
    const model = await loadModel({ nr, fr }, cpu);
    const kept = await model.reference(reference);
    const pair = await model.compare(reference, distorted);
    expect(pair.mode).toBe("fr");
    expect((await model.compare(kept, distorted)).score).toBe(pair.score);
    expect((await model.compare(kept, distorted)).score).toBe(pair.score);
    kept.dispose();
    model.dispose();
  });

  test("sizes that differ are refused unless the reference may be resized", async () => {
    const model = await loadModel(fr, cpu);
    const small = rgb(60, 50);
    await expectCode("INPUT_SIZES", () => model.compare(reference, small));
    const kept = await model.reference(reference);
    await expectCode("INPUT_SIZES", () => model.compare(kept, small));
    const pair = await model.compare(reference, small, { resizeReference: true });
    expect([pair.width, pair.height]).toEqual([60, 50]);
    expect((await model.compare(kept, small, { resizeReference: true })).score).toBe(pair.score);
    model.dispose();
  });
});

describe("loadModel", () => {
  test("refuses checkpoints that are not the config's", async () => {
    const wrong = seededCheckpoint(smallConfig());
    await expectCode("WEIGHTS_NOT_BPCLIP", () => loadModel(stripConfig(wrong), cpu));
    await expectCode("WEIGHTS_KEYS", () => loadModel(withConfig(wrong, smallConfig({ mode: "fr" })), cpu));
    await expectCode("WEIGHTS_TRUNCATED", () => loadModel(wrong.slice(0, 1000), cpu));
    await expectCode("WEIGHTS_FILE", () => loadModel("no-such-file.safetensors", cpu));
    await expectCode("INPUT_MODE", async () => (await loadModel({ nr: fr }, cpu)).score(rgb(50, 50)));
  });

  test("falls back to the CPU only with a notice", async () => {
    const notices: string[] = [];
    const none = { requestAdapter: async () => null } as unknown as GPU;
    const { webPlatform } = await import("../../src/api/web-platform.js");
    const { openBackend } = await import("../../src/api/backend.js");
    const gpu = Object.getOwnPropertyDescriptor(globalThis.navigator ?? {}, "gpu");
    Object.defineProperty(globalThis, "navigator", { value: { gpu: none }, configurable: true });
    try {
      const backend = await openBackend(webPlatform, { onNotice: (notice) => notices.push(notice) });
      expect(backend.kind).toBe("cpu");
      expect(notices).toHaveLength(1);
      await expectCode("NO_ADAPTER", () => openBackend(webPlatform, { adapter: "hardware" }));
    } finally {
      if (gpu) Object.defineProperty(globalThis.navigator, "gpu", gpu);
    }
  });
});

/** Rewrites a safetensors file's metadata, keeping its tensors. */
function withMetadata(file: Uint8Array, metadata: Record<string, string>): Uint8Array {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...header, __metadata__: metadata }));
  const out = new Uint8Array(8 + text.length + file.length - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(file.subarray(8 + length), 8 + text.length);
  return out;
}

const stripConfig = (file: Uint8Array) => withMetadata(file, {});
const withConfig = (file: Uint8Array, config: object) =>
  withMetadata(file, { bpclip: JSON.stringify(config) });
