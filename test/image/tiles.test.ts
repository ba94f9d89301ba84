import { describe, expect, test } from "vitest";
import { cellSide, maxTileSide, tileAxis, tilePicture, tilesOf } from "../../src/image/tiles.js";
import { expectCode } from "../support/errors.js";

/** Every length up to three tiles, and some up to the sides of the largest pictures. */
const longer = [
  ...Array.from({ length: 1024 }, (_, i) => maxTileSide + 1 + i),
  2048,
  3999,
  4000,
  6000,
  8191,
  12345,
];

describe("an axis", () => {
  test("of one tile's length is one tile, all of whose cells count", () => {
    expect(tileAxis(544)).toEqual({ side: 544, starts: [0], shares: [new Array(17).fill(1)] });
    expect(tileAxis(33)).toEqual({ side: 33, starts: [0], shares: [[1, 1]] });
  });

  test("that is longer is covered by tiles of one length, whole cells, that overlap", () => {
    for (const length of longer) {
      const { side, starts } = tileAxis(length);
      expect(side % cellSide, `${length}`).toBe(0);
      expect(side).toBeLessThanOrEqual(maxTileSide);
      expect(starts[0]).toBe(0);
      expect(starts[starts.length - 1] + side).toBe(length);
      for (let k = 1; k < starts.length; k++) {
        expect(starts[k], `${length}`).toBeGreaterThan(starts[k - 1]);
        expect(starts[k - 1] + side - starts[k], `${length}`).toBeGreaterThanOrEqual(64);
        if (k < starts.length - 1) expect(starts[k] % cellSide).toBe(0);
      }
    }
  });

  test("has each of its pixels counted once", () => {
    for (const length of longer) {
      const { side, starts, shares } = tileAxis(length);
      const counted = new Float64Array(length);
      for (const [k, start] of starts.entries()) {
        expect(shares[k]).toHaveLength(side / cellSide);
        for (const [cell, share] of shares[k].entries()) {
          expect(share >= 0 && share <= 1, `${length}`).toBe(true);
          const at = start + cell * cellSide;
          for (let pixel = at; pixel < at + cellSide; pixel++) counted[pixel] += share;
        }
      }
      // A cell that a cut divides counts in both tiles by its part; only where their grids agree is that so pixel by pixel.
      expect(counted.reduce((sum, x) => sum + x, 0)).toBeCloseTo(length, 6);
      if (length % cellSide === 0)
        expect(
          counted.every((x) => Math.abs(x - 1) < 1e-12),
          `${length}`,
        ).toBe(true);
    }
  });

  test("makes a pixel of a picture less than half again as much work as in one tile", () => {
    for (const length of longer) {
      const { side, starts } = tileAxis(length);
      expect(((side * starts.length) / length) ** 2, `${length}`).toBeLessThan(1.5);
    }
  });
});

describe("a picture", () => {
  test("is tiled along both axes, and says so", () => {
    const tiling = tilePicture(6000, 4000);
    expect(tiling).toMatchObject({ count: 117, policy: "native, 117 tiles of 544x512" });
    const tiles = tilesOf(tiling);
    expect(tiles).toHaveLength(117);
    let cells = 0;
    for (const { shares } of tiles) {
      expect(shares).toHaveLength(17 * 16);
      cells += shares.reduce((sum, share) => sum + share, 0);
    }
    expect(cells).toBeCloseTo((6000 * 4000) / cellSide ** 2, 6);
  });

  test("has the shares of its tiles row by row", () => {
    const tiling = tilePicture(768, 40);
    // 416 pixels from 0 and from 352; the overlap is cut at 384.
    expect(tiling.policy).toBe("native, 2 tiles of 416x40");
    const left = [...new Array(12).fill(1), 0];
    const right = left.toReversed();
    expect(tilesOf(tiling)).toEqual([
      { column: 0, row: 0, shares: Float32Array.from([...left, ...left]) },
      { column: 1, row: 0, shares: Float32Array.from([...right, ...right]) },
    ]);
  });

  test("of one tile is one", () => {
    expect(tilePicture(544, 400).count).toBe(1);
    expect(tilePicture(545, 400).count).toBe(2);
  });

  test("must have 32 pixels a side, and may be as long as it likes", async () => {
    await expectCode("INPUT_TOO_SMALL", () => tilePicture(31, 4000));
    expect(tilePicture(20000, 32).count).toBeGreaterThan(40);
  });
});
