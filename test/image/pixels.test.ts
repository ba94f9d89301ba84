import { describe, expect, it } from "vitest";
import { pixelsFromRaw, type RawImage } from "../../src/image/pixels.js";
import { expectCode } from "../support/errors.js";

describe("pixelsFromRaw", () => {
  it("spreads 1, 2 and 3 channels to RGBA", () => {
    const rgba = (channels: 1 | 2 | 3, ...data: number[]) => [
      ...pixelsFromRaw({ width: 2, height: 1, channels, data: Uint8Array.from(data) }).data,
    ];
    expect(rgba(1, 7, 9)).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
    expect(rgba(2, 7, 100, 9, 0)).toEqual([7, 7, 7, 100, 9, 9, 9, 0]);
    expect(rgba(3, 1, 2, 3, 4, 5, 6)).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });

  it("keeps 16 bits, and rounds floats to them", () => {
    const data = Uint16Array.of(1, 65535);
    expect([...pixelsFromRaw({ width: 1, height: 1, channels: 2, data }).data]).toEqual([1, 1, 1, 65535]);
    const floats = pixelsFromRaw({ width: 1, height: 1, channels: 3, data: Float32Array.of(0, 0.5, 1) });
    expect(floats.data).toBeInstanceOf(Uint16Array);
    expect([...floats.data]).toEqual([0, 32768, 65535, 65535]);
  });

  it("takes RGBA as it is, without a copy", () => {
    const data = new Uint8ClampedArray(8);
    expect(pixelsFromRaw({ width: 2, height: 1, data })).toEqual({
      ...{ width: 2, height: 1, orientation: 1, warnings: [] },
      data,
    });
    expect(pixelsFromRaw({ width: 2, height: 1, data }).data).toBe(data);
  });

  const good: RawImage = { width: 2, height: 1, channels: 1, data: new Uint8Array(2) };
  for (const [code, bad] of [
    ["INPUT_SIZE", { width: 0 }],
    ["INPUT_SIZE", { height: -1 }],
    ["INPUT_SIZE", { width: 1.5 }],
    ["INPUT_SIZE", { width: Number.NaN }],
    ["INPUT_CHANNELS", { channels: 5 }],
    ["INPUT_LENGTH", { height: 2 }],
    ["INPUT_LENGTH", { channels: undefined }],
    ["INPUT_DATA", { data: [1, 2] }],
    ["INPUT_RANGE", { data: Float32Array.of(0, Number.NaN) }],
    ["INPUT_RANGE", { data: Float32Array.of(0, 255) }],
    ["INPUT_RANGE", { data: Float32Array.of(-0.01, 0) }],
  ] as const) {
    it(`refuses ${JSON.stringify(bad)} as ${code}`, () =>
      expectCode(code, () => pixelsFromRaw({ ...good, ...bad } as RawImage)));
  }
});
