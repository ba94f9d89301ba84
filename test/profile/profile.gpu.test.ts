/** The profiler on the adapter under test, with timestamp queries and without. */
import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/graph.js";
import { optimize } from "../../src/graph/rewrite.js";
import { planNode } from "../../src/kernels/planners.js";
import { bpclip, features } from "../../src/model/bpclip.js";
import { picture } from "../../src/model/picture.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { loadModel } from "../../src/node/index.js";
import { GpuDevice } from "../../src/runtime/device.js";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice, testsLong } from "../support/gpu.js";
import { seededDistorted, seededPicture, seededTensor } from "../support/seeded.js";

const [height, width] = [40, 48];
const rgb = { width, height, channels: 3, data: seededPicture(height, width, 1) } as const;
const distorted = { ...rgb, data: seededDistorted(height, width, 1) };
const tooSmall = { width: 8, height: 8, channels: 3, data: seededPicture(8, 8, 1) } as const;
const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));

/** A device that has timestamp queries if the adapter has them, and one that was asked for nothing. */
const devices = {
  async "timestamp-query"() {
    const device = await testDevice();
    return device.raw.features.has("timestamp-query") ? device : undefined;
  },
  async submit() {
    // Where drivers are slow, one clock will do.
    if (!testsLong && (await devices["timestamp-query"]())) return;
    bare ??= new GpuDevice(await (await requestNodeAdapter("auto")).requestDevice(), { owned: true });
    return bare;
  },
};
let bare: GpuDevice | undefined;

const asPromised = (values: Record<string, number | null>) => {
  for (const [name, value] of Object.entries(values)) {
    expect(value, name).toBeGreaterThan(0);
    expect(value, name).toBeLessThan(Number.POSITIVE_INFINITY);
  }
};

describeGpu("a profile on the GPU", () => {
  afterAll(() => bare?.dispose());

  describe.each(Object.entries(devices))("by %s", (kind, open) => {
    /** Skips, saying why, where the adapter under test has no such clock, or a better one and little time. */
    async function deviceOr(skip: (reason: string) => never): Promise<GpuDevice> {
      return (await open()) ?? skip(`the adapter has no ${kind}, or is slow and has timestamp queries`);
    }

    test("has exactly the dispatches of a run, and its outputs to the bit", async ({ skip }) => {
      const device = await deviceOr(skip);
      const config = smallConfig();
      const g = new GraphBuilder();
      const format = { height, width, depth: 8, orientation: 1 } as const;
      const { score, similarities } = bpclip(
        g,
        config,
        features(g, picture(g, format, [], config, "image"), config, "tap"),
      );
      const graph = g.build([similarities, score]);
      const executor = new GpuExecutor(device, (key, shape) => seededTensor(key, shape, 1));
      const program = await executor.prepare(graph);
      const image = new Uint32Array(seededPicture(height, width * 4, 2).buffer, 0, height * width);

      const run = await program.run({ image });
      const { steps, onePass, wall, outputs, clock } = await program.profile({ image }, 2);
      expect(outputs).toEqual(run);
      expect(clock.kind).toBe(kind);
      expect(
        steps.map(({ node, part, parts, kernel, variant, workgroups }) => {
          return { label: node.output.name, part, parts, kernel, variant, workgroups };
        }),
      ).toEqual(
        optimize(graph).nodes.flatMap((node) =>
          planNode(node, device.capabilities).map(({ shader, overrides, workgroups }, part, { length }) => {
            const kernel = { kernel: shader, variant: overrides, workgroups };
            return { label: node.output.name, part, parts: length, ...kernel };
          }),
        ),
      );
      for (const ms of [onePass, wall, ...steps.map(({ ms }) => ms)]) {
        expect(ms).toHaveLength(2);
        for (const value of ms) expect(Number.isFinite(value) && value >= 0).toBe(true);
      }
      program.dispose();
      executor.dispose();
    });

    test("of a model agrees with its score, and has positive, finite sums and peaks", async ({ skip }) => {
      const { raw } = await deviceOr(skip);
      const model = await loadModel({ nr, fr }, { device: raw });
      const alone = await model.profile(rgb, { runs: 3 });
      expect(alone).toMatchObject({ executor: "webgpu", runs: 3, clock: { kind } });
      expect(alone.score).toBe((await model.score(rgb)).score);
      const { total, onePassMs, wallMs, peaks } = alone;
      asPromised({ ...peaks, total: total.ms, flop: total.flop, onePassMs, wallMs });
      asPromised({ ...{ rate: total.flopPerSecond, bytes: total.bytesPerSecond, of: total.efficiency } });
      expect(JSON.parse(JSON.stringify(alone))).toEqual(alone);

      const pair = await model.profile(distorted, { reference: rgb, runs: 1 });
      expect(pair.score).toBe((await model.compare(rgb, distorted)).score);
      expect(pair.layers.map(({ name }) => name)).toContain("reference.3");
      model.dispose();
    });

    test("leaves no buffer and no query set behind", async ({ skip }) => {
      const { raw } = await deviceOr(skip);
      const model = await loadModel(nr, { device: raw });
      await model.score(rgb);
      const before = model.bytes;
      let sets = 0;
      const { createQuerySet } = raw;
      raw.createQuerySet = (descriptor) => {
        const set = createQuerySet.call(raw, descriptor);
        const { destroy } = set;
        sets++;
        set.destroy = () => {
          sets--;
          return destroy.call(set);
        };
        return set;
      };
      try {
        await model.profile(rgb, { runs: 1 });
        expect(sets).toBe(0);
        expect(model.bytes).toBe(before);
        await expectCode("INPUT_TOO_SMALL", () => model.profile(tooSmall));
        expect(model.bytes).toBe(before);
      } finally {
        raw.createQuerySet = createQuerySet;
      }
      model.dispose();
    });
  });

  test("times more passes than a query set holds", async ({ skip }) => {
    const device = (await devices["timestamp-query"]()) ?? skip("the adapter has no timestamp queries");
    const g = new GraphBuilder();
    const x = g.input("x", [4]);
    let y = x;
    for (let i = 0; i < 2100; i++) y = g.add("add", `y${i}`, { a: y, b: x }, {});
    const executor = new GpuExecutor(device, () => new Float32Array());
    const program = await executor.prepare(g.build([y]));
    const { steps, outputs } = await program.profile({ x: Float32Array.of(1, 2, 3, 4) }, 1);
    expect(steps).toHaveLength(2100);
    expect([...outputs.y2099]).toEqual([2101, 4202, 6303, 8404]);
    program.dispose();
    executor.dispose();
  });

  test("on a device that goes away is a typed error", async () => {
    const device = await (await requestNodeAdapter("auto")).requestDevice();
    const model = await loadModel(nr, { device });
    await model.score(rgb);
    const profiling = model.profile(rgb, { runs: 1000 });
    device.destroy();
    await expectCode("DEVICE_LOST", () => profiling);
    model.dispose();
  });
});
