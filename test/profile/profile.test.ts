/** What is made of timings; and `model.profile` on the CPU. */
import { describe, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { layerOf, profileOf } from "../../src/profile/profile.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { fineClock, peaks, subject, timings } from "../support/profile.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

describe("from timings", () => {
  test("times are medians, and rates and shares of the peaks follow from them", () => {
    const profile = profileOf([timings(fineClock, (step) => [step + 1, 100, step + 1])], peaks, subject);
    expect(profile.steps.map(({ ms }) => ms)).toEqual([1, 2, 3, 4]);
    expect(profile).toMatchObject({ runs: 3, onePassMs: 5, wallMs: 6, meanBelow: 0 });

    const [add, copy, , linear] = profile.steps;
    expect(add).toMatchObject({ label: "tap.layer1.0", layer: "tap.2", op: "add", kernel: "add" });
    // 1000 additions and 8000 bytes in a millisecond; at the peak, memory needs 80 ns.
    expect(add).toMatchObject({ flop: 1000, bytesRead: 4000, bytesWritten: 4000, flopPerSecond: 1e6 });
    expect(add.bytesPerSecond).toBeCloseTo(8e6, 3);
    expect(add.efficiency).toBeCloseTo(80e-9 / 1e-3, 12);
    expect(copy).toMatchObject({ flop: 0, bytesRead: 4000, flopPerSecond: 0 });
    expect(linear).toMatchObject({ layer: "head", variant: { TILE: 4 }, fused: ["relu"], shape: [10, 50] });
  });

  test("groups hold every step once, and the total all of them", () => {
    const { steps, layers, kernels, total } = profileOf(
      [timings(fineClock, (step) => [step + 1])],
      peaks,
      subject,
    );
    expect(layers.map(({ name, steps }) => [name, steps])).toEqual([
      ["tap.2", 3],
      ["head", 1],
    ]);
    // The slowest first.
    expect(kernels.map(({ name, ms }) => [name, ms])).toEqual([
      ["copy_channels", 5],
      ["linear_row", 4],
      ["add", 1],
    ]);
    for (const groups of [layers, kernels]) {
      for (const key of ["steps", "ms", "flop", "bytesRead", "bytesWritten"] as const) {
        expect(groups.reduce((sum, group) => sum + group[key], 0)).toBe(total[key]);
      }
    }
    expect(total.steps).toBe(steps.length);
    // Each step at its own bound: 80 ns and twice 80 ns by memory, 20000 operations and 50 kB by memory, too.
    const atPeak = 3 * 80e-9 + (4 * (2000 + 10000 + 500)) / 1e11;
    expect(total.efficiency).toBeCloseTo(atPeak / 10e-3, 12);
  });

  test("short times by a clock of coarse steps are means, long ones medians", () => {
    const coarse = { kind: "timestamp-query", resolution: 0.1 } as const;
    const { steps, meanBelow } = profileOf(
      [timings(coarse, (step) => (step === 0 ? [0, 0, 0.1, 0.1, 0.1] : [5, 5, 5, 5, 500]))],
      peaks,
      subject,
    );
    expect(meanBelow).toBe(1);
    expect(steps[0].ms).toBeCloseTo(0.06, 12);
    expect(steps[1].ms).toBe(5);
  });

  test("where the clock saw no time pass there is no rate", () => {
    const { steps, total } = profileOf([timings(fineClock, () => [0])], peaks, subject);
    for (const rates of [...steps, total]) {
      expect(rates).toMatchObject({ flopPerSecond: null, bytesPerSecond: null, efficiency: null });
    }
  });

  test("programs that run one after the other are one profile", () => {
    const one = timings(fineClock, () => [1]);
    const { steps, onePassMs, wallMs } = profileOf([one, one], peaks, subject);
    expect([steps.length, onePassMs, wallMs]).toEqual([8, 2, 2]);
  });
});

test.each([
  ["image.rgb", "image"],
  ["tap.1", "tap.1"],
  ["tap.stem.pool", "tap.1"],
  ["tap.layer1.0.relu1", "tap.2"],
  ["tap.2", "tap.2"],
  ["tap.layer4.2.relu2", "tap.5"],
  ["reference.layer2.0", "reference.3"],
  ["pooling.3.gate.0", "pooling.3"],
  ["pooled.3", "pooling.3"],
  ["position.resized", "position"],
  ["information.2.attention.query", "information"],
  ["weight.4", "weight"],
  ["x.1.0", "x"],
  ["similarities", "similarities"],
  ["head.1", "head"],
])("%s belongs to %s", (label, layer) => {
  expect(layerOf(label)).toBe(layer);
});

describe("a model on the CPU", () => {
  const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
  const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));
  const open = () => loadModel({ nr, fr }, { adapter: "cpu" });
  const picture = { width: 50, height: 40, channels: 3, data: seededPicture(40, 50, 1) } as const;
  const distorted = { ...picture, data: seededDistorted(40, 50, 1) };

  test("is profiled by op, and scores meanwhile as it does alone", async () => {
    const model = await open();
    const profile = await model.profile(picture, { runs: 2 });
    const score = await model.score(picture);
    expect(profile).toMatchObject({
      score: score.score,
      width: 50,
      height: 40,
      mode: "nr",
      model: "tiny-nr",
      checkpoint: score.checkpoint,
      policy: "own size",
      executor: "cpu",
      runs: 2,
      clock: { kind: "wall" },
    });
    expect(profile.clock.resolution).toBeGreaterThan(0);
    for (const { kernel, op, workgroups } of profile.steps) {
      expect(kernel).toBe(op);
      expect(workgroups).toBeNull();
    }
    expect(profile.steps.map(({ op }) => op)).not.toContain("reshape");
    const { total, onePassMs, wallMs, peaks } = profile;
    for (const value of [total.ms, total.flop, onePassMs, wallMs, ...Object.values(peaks)]) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(Number.POSITIVE_INFINITY);
    }
    expect(JSON.parse(JSON.stringify(profile))).toEqual(profile);
    model.dispose();
  });

  test("is profiled against a reference, whose features are part of it unless they are kept", async () => {
    const model = await open();
    const layersOf = async (reference: Parameters<typeof model.compare>[0]) => {
      const { layers, mode, score } = await model.profile(distorted, { reference, runs: 1 });
      expect(mode).toBe("fr");
      expect(score).toBe((await model.compare(picture, distorted)).score);
      return layers.map(({ name }) => name);
    };
    const kept = await model.reference(picture);
    const levels = ["reference.1", "reference.2", "reference.3", "reference.4", "reference.5"];
    expect(await layersOf(picture)).toEqual(expect.arrayContaining(levels));
    expect(await layersOf(kept)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^reference/)]));
    kept.dispose();
    model.dispose();
  });

  test("refuses what it cannot profile, by code", async () => {
    const model = await open();
    for (const runs of [0, -1, 1.5, 1001, Number.NaN, "5" as never]) {
      await expectCode("INPUT_RUNS", () => model.profile(picture, { runs }));
    }
    await expectCode("INPUT_IMAGE", () => model.profile(42 as never));
    await expectCode("INPUT_SIZES", () =>
      model.profile({ ...picture, width: 40, height: 50 }, { reference: picture }),
    );
    model.dispose();
    await expectCode("INPUT_DISPOSED", () => model.profile(picture));
  });
});
