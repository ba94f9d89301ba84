import { afterAll, describe, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { expectExplains, mapsOf } from "../support/explain.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));
const model = await loadModel({ nr, fr }, { adapter: "cpu" });
afterAll(() => model.dispose());

const picture = (width: number, height: number) =>
  ({ width, height, channels: 3, data: seededPicture(height, width, 1) }) as const;
const distorted = (width: number, height: number) =>
  ({ width, height, channels: 3, data: seededDistorted(height, width, 1) }) as const;

describe("an explanation", () => {
  test.each([
    [70, 50, 2, 3],
    [33, 32, 1, 2],
    [64, 97, 4, 2],
  ])(
    "of %i×%i pixels has maps of as many places as the network has",
    async (width, height, rows, columns) => {
      const explanation = await model.explain(picture(width, height));
      const maps = mapsOf(explanation);
      expect(maps).toHaveLength(4 * 2 + 2 + 6);
      for (const [name, map] of maps) {
        expect([map.rows, map.columns], name).toEqual([rows, columns]);
        expect(map.data, name).toHaveLength(rows * columns);
        expect(map.data.every(Number.isFinite), name).toBe(true);
      }
    },
  );

  test("has the score that the picture has, alone and beside a reference", async () => {
    const alone = await expectExplains(model, picture(70, 50));
    expect(alone.mode).toBe("nr");
    const beside = await expectExplains(model, distorted(70, 50), picture(70, 50));
    expect(beside.mode).toBe("fr");
  });

  test("of a picture of one place is that of the picture", async () => {
    // All maps have one value, so that the place is the whole picture; pooling one place is rounded in f32.
    const { quality, score, dimensions, dimensionMaps } = await model.explain(picture(32, 32));
    expect(quality.data).toHaveLength(1);
    expect(quality.data[0]).toBeCloseTo(score, 5);
    for (const [name, value] of Object.entries(dimensions)) {
      expect(dimensionMaps[name].data[0]).toBeCloseTo(value, 4);
    }
  });

  test("takes a kept reference, or a picture", async () => {
    const kept = await model.reference(picture(70, 50));
    const [a, b] = [
      await model.explain(distorted(70, 50), { reference: kept }),
      await model.explain(distorted(70, 50), { reference: picture(70, 50) }),
    ];
    kept.dispose();
    expect(mapsOf(a)).toEqual(mapsOf(b));
  });

  test("refuses a reference of another size, unless it may be resized", async () => {
    const reference = picture(64, 64);
    await expectCode("INPUT_SIZES", () => model.explain(distorted(70, 50), { reference }));
    const { loss } = await model.explain(distorted(70, 50), { reference, resizeReference: true });
    expect([loss.rows, loss.columns]).toEqual([2, 3]);
  });
});
