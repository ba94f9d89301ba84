/** The tuner on the adapter under test: small shapes, and no expectation of what is the fastest. */
import { afterAll, expect, it } from "vitest";
import { loadModelOn } from "../../src/api/load.js";
import type { Model } from "../../src/api/model.js";
import type { Platform } from "../../src/api/platform.js";
import { squareConvolution } from "../../src/kernels/implicit-gemm.js";
import { parseVariant, type Variant } from "../../src/kernels/variant.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { race } from "../../src/tuning/race.js";
import { parseTuning, tuningVersion } from "../../src/tuning/table.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, describeLong, testDevice } from "../support/gpu.js";

const map = { height: 7, width: 9, channels: 64, outChannels: 12, kernel: 3, stride: 1 };

describeGpu("a race", () => {
  it("checks every candidate against the CPU, and times it", async () => {
    const device = await testDevice();
    // Of the tiled ones one; conv2d.gpu.test.ts checks them all.
    const among = ({ tile }: Variant) => /^direct|^tiled8x8x4$/.test(tile);
    const contestants = await race(squareConvolution(map), device, { rounds: 3, oracle: "cpu", among });
    expect(contestants.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    expect(contestants.length).toBeGreaterThan(6);
    for (const { error, isWrong, ms, ratios } of contestants) {
      expect(error).toBeLessThan(1e-4);
      expect(isWrong).toBe(false);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ratios).toHaveLength(3);
    }
    // Methods add up in other orders, so that a race that ran the default only would show no difference.
    expect(new Set(contestants.map(({ error }) => error)).size).toBeGreaterThan(2);
    expect(device.capabilities.convolution).toBeUndefined();
  });

  it("leaves out who is not to run, but not the default, and gives everything back", async () => {
    const device = await testDevice();
    const before = device.bytes;
    const geometry = squareConvolution({ ...map, kernel: 1 });
    const options = { rounds: 3, oracle: "default", among: () => false } as const;
    const [only, ...others] = await race(geometry, device, options);
    expect(only).toMatchObject({ isDefault: true, error: 0 });
    expect(others).toEqual([]);
    expect(device.bytes).toBe(before);
  });

  it("ends when it is told to", async () => {
    const device = await testDevice();
    const before = device.bytes;
    const signal = AbortSignal.abort(new Error("enough"));
    const ended = race(squareConvolution(map), device, { rounds: 3, oracle: "default", signal });
    await expect(ended).rejects.toThrow("enough");
    expect(device.bytes).toBe(before);
  });
});

describeLong("model.tune, where it does not take too long", () => {
  const kept = new Map<string, string>();
  const platform = {
    requestAdapter: requestNodeAdapter,
    readImageFile: () => Promise.reject(new Error("no files")),
    decode: () => Promise.reject(new Error("no files")),
    tunings: {
      read: async (name) => kept.get(name),
      async write(name, text) {
        kept.set(name, text);
        return "memory";
      },
    },
  } satisfies Platform;
  const models: Model[] = [];
  afterAll(() => {
    for (const model of models) model.dispose();
  });
  const checkpoint = seededCheckpoint(smallConfig());
  const notices: string[] = [];
  async function load(options = {}) {
    const onNotice = (notice: string) => notices.push(notice);
    const model = await loadModelOn(platform, checkpoint, { onNotice, ...options });
    models.push(model);
    return model;
  }
  const picture = {
    width: 40,
    height: 33,
    data: new Uint8Array(40 * 33 * 3).fill(128),
    channels: 3,
  } as const;

  it("finds, keeps and tells a winner of each convolution, and scores stay the same", async () => {
    const model = await load();
    const before = await model.score(picture);
    const seen: string[] = [];
    const found = await model.tune({
      sizes: [{ width: 40, height: 33 }],
      rounds: 3,
      onProgress: ({ done, total, shape }) => seen.push(`${done}/${total} ${shape}`),
    });
    expect(found.adapter).toBe(model.adapter);
    expect(found.kept).toEqual({ place: "memory" });
    expect(parseTuning(JSON.parse(kept.get(model.adapter)!))).toEqual(found.table);
    expect(found.convolutions.length).toBeGreaterThan(5);
    for (const { shape, after, wrong } of found.convolutions) {
      expect(found.table.convolutions[shape]).toBe(after);
      expect(parseVariant(after)).toBeDefined();
      expect(wrong).toEqual([]);
    }
    const count = found.convolutions.length;
    expect(seen).toHaveLength(count + 1);
    expect(seen[0]).toBe(`0/${count} ${found.convolutions[0].shape}`);
    expect(seen[count]).toBe(`${count}/${count} `);

    const other = await load();
    expect((await other.score(picture)).score).toBeCloseTo(before.score, 4);
    expect(notices).toEqual([]);
  });

  /** Pixels of an invocation, of the steps that have them. */
  async function pixelsWith(options: object) {
    const model = await load(options);
    const { steps } = await model.profile(picture, { runs: 1 });
    return new Set(steps.flatMap(({ variant }) => variant.PIXELS ?? []));
  }

  /** The kept table, with one variant for every shape. */
  function all(name: string) {
    const found = parseTuning(JSON.parse([...kept.values()][0]));
    const convolutions = Object.fromEntries(Object.keys(found.convolutions).map((shape) => [shape, name]));
    return { ...found, convolutions };
  }

  it("is what later models go by", async () => {
    const table = all("implicitGemm direct4");
    kept.set(table.adapter, JSON.stringify(table));
    expect(await pixelsWith({})).toEqual(new Set([4]));
    expect(notices).toEqual([]);
  });

  it("gives way to a table that a model is given, or to none", async () => {
    expect(await pixelsWith({ tuning: all("implicitGemm direct8") })).toEqual(new Set([8]));
    // By the rule more than 4, which the kept table has for all.
    expect(Math.max(...(await pixelsWith({ tuning: false })))).toBeGreaterThan(4);
    expect(notices).toEqual([]);
  });

  it("does without a table that is damaged or another adapter's, and says so", async () => {
    const [adapter] = kept.keys();
    kept.set(adapter, "{");
    await load();
    expect(notices.splice(0)).toEqual([expect.stringMatching(/is not used/)]);
    const foreign = { version: tuningVersion, adapter: "Acme 9000", convolutions: {} };
    await load({ tuning: foreign });
    expect(notices.splice(0)).toEqual([expect.stringMatching(/is of Acme 9000, and is not used/)]);
    await expectCode("INPUT_TUNING", () => load({ tuning: { ...foreign, version: 0 } }));
  });

  it("is for adapters", async () => {
    const model = await load({ adapter: "cpu" });
    await expectCode("NO_ADAPTER", () => model.tune());
  });
});
