import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import { expectCode } from "../support/errors.js";

interface Parts {
  width: number;
  height: number;
  depth: number;
  compression?: number;
  palette?: number[][];
  /** Rows as they are stored, padded to 4 bytes here. */
  rows: number[][];
}

function bmp({ width, height, depth, compression = 0, palette = [], rows }: Parts): Uint8Array {
  const colours = palette.flatMap(([r, g, b]) => [b, g, r, 0]);
  const padded = rows.flatMap((row) => [...row, ...new Array((4 - (row.length % 4)) % 4).fill(0)]);
  const bytes = new Uint8Array(54 + colours.length + padded.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54 + colours.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, depth, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, palette.length, true);
  bytes.set([...colours, ...padded], 54);
  return bytes;
}

const colours = { red: [255, 0, 0, 255], green: [0, 128, 0, 255], blue: [0, 0, 255, 255] };
const [red, green, blue] = [
  [0, 0, 255],
  [0, 128, 0],
  [255, 0, 0],
];
const pixels = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data];

describe("BMP", () => {
  const whole = [...colours.red, ...colours.green, ...colours.blue, ...colours.red];

  test("24 bits, from the bottom up, rows padded", async () => {
    const bytes = bmp({
      ...{ width: 2, height: 2, depth: 24 },
      rows: [
        [...blue, ...red],
        [...red, ...green],
      ],
    });
    expect(await pixels(bytes)).toEqual(whole);
  });

  test("from the top down, where the height is negative; 32 bits are opaque", async () => {
    const rows = [
      [...red, 0, ...green, 0],
      [...blue, 7, ...red, 9],
    ];
    expect(await pixels(bmp({ width: 2, height: -2, depth: 32, rows }))).toEqual(whole);
  });

  test("8 bits with a palette", async () => {
    const palette = [colours.red, colours.green, colours.blue];
    const parts = { width: 2, height: -2, depth: 8, palette };
    expect(
      await pixels(
        bmp({
          ...parts,
          rows: [
            [0, 1],
            [2, 0],
          ],
        }),
      ),
    ).toEqual(whole);
    await expectCode("IMAGE_CORRUPT", () =>
      decodeImage(
        bmp({
          ...parts,
          rows: [
            [0, 3],
            [2, 0],
          ],
        }),
      ),
    );
  });

  test("Pillow's", async () => {
    const file = new URL("../datasets/miniatures/live/refimgs/bikes.bmp", import.meta.url);
    const { width, height, data } = await decodeImage(new Uint8Array(readFileSync(file)));
    expect([width, height]).toEqual([33, 32]);
    // As Pillow reads them: the corners at the top left and the bottom right.
    expect([...data.subarray(0, 4)]).toEqual([36, 104, 51, 255]);
    expect([...data.subarray(-4)]).toEqual([255, 243, 255, 255]);
  });

  test("what is cut off, too large, or of another kind", async () => {
    const bytes = bmp({ width: 2, height: 2, depth: 24, rows: [red, blue].map((c) => [...c, ...c]) });
    await expectCode("IMAGE_TRUNCATED", () => decodeImage(bytes.subarray(0, 40)));
    await expectCode("IMAGE_TRUNCATED", () => decodeImage(bytes.subarray(0, -1)));
    await expectCode("IMAGE_TOO_LARGE", () => decodeImage(bytes, { maxPixels: 3 }));
    await expectCode("IMAGE_CORRUPT", () => decodeImage(bmp({ width: 0, height: 2, depth: 24, rows: [] })));
    await expectCode("IMAGE_CORRUPT", () => decodeImage(bmp({ width: -1, height: 2, depth: 24, rows: [] })));
    await expectCode("IMAGE_UNSUPPORTED", () =>
      decodeImage(bmp({ width: 1, height: 1, depth: 8, compression: 1, rows: [[0]] })),
    );
    await expectCode("IMAGE_UNSUPPORTED", () =>
      decodeImage(bmp({ width: 1, height: 1, depth: 16, rows: [[0, 0]] })),
    );
  });
});
