import { describe, expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

describe("decodePixels", () => {
  const pixels = (height: number, width: number, words: number[]) => ({
    shape: [1, height, width, words.length / (height * width)],
    data: Uint32Array.from(words),
  });

  test("8 bits a channel, red in the low byte, over white", () => {
    const x = pixels(1, 3, [0xff0000ff, 0x00123456, 0x33ff0000]);
    const { shape, data } = compute("decodePixels", { x }, { orientation: 1, round8: true });
    expect(shape).toEqual([1, 1, 3, 3]);
    // Opaque red; nothing at all, so white; blue with alpha 0.2.
    expect([...data]).toEqual([1, 0, 0, 1, 1, 1, 0.8, 0.8, 1].map(Math.fround));
  });

  test("16 bits a channel", () => {
    const x = pixels(1, 2, [0xffff0000, 0xffff3333, 0, 0x8000ffff]);
    const half = 1 - 0x8000 / 65535;
    expect([...compute("decodePixels", { x }, { orientation: 1, round8: false }).data]).toEqual(
      [0, 1, 0.2, half, half, 1].map(Math.fround),
    );
  });

  test("taps resample the upright rows as the resample op does", () => {
    const stored = Array.from({ length: 12 }, (_, i) => (0xff000000 | (i * 0x0b1713)) >>> 0);
    const x = pixels(4, 3, stored);
    const taps = tensor([2, 3], [0, 0.75, 0.25, 2, 0.5, 0.5]);
    const upright = compute("decodePixels", { x }, { orientation: 6, round8: true });
    const expected = compute("resample", { x: upright, taps }, { axis: "width", round8: true });
    expect(compute("decodePixels", { x, taps }, { orientation: 6, round8: true })).toEqual(expected);
  });

  // The stored pixels are a b c / d e f. What a viewer shows, by the figure of EXIF 2.3, tag Orientation.
  test.each([
    [1, "abc/def"],
    [2, "cba/fed"],
    [3, "fed/cba"],
    [4, "def/abc"],
    [5, "ad/be/cf"],
    [6, "da/eb/fc"],
    [7, "fc/eb/da"],
    [8, "cf/be/ad"],
  ])("orientation %i shows %s", (orientation, shown) => {
    const stored = [..."abcdef"].map((letter) => (0xff000000 | letter.charCodeAt(0)) >>> 0);
    const { shape, data } = compute(
      "decodePixels",
      { x: pixels(2, 3, stored) },
      { orientation, round8: true },
    );
    const reds = Array.from({ length: 6 }, (_, i) => Math.round(data[3 * i] * 255));
    const letters = reds.map((red) => String.fromCharCode(red)).join("");
    expect(letters).toBe(shown.replaceAll("/", ""));
    expect(shape[1]).toBe(shown.split("/").length);
  });
});

describe("resample", () => {
  // Output 0 is the mean of places 0 and 1, output 1 is place 2 twice over less place 1.
  const taps = tensor([2, 3], [0, 0.5, 0.5, 1, -1, 2]);

  test("along the width", () => {
    const x = tensor([1, 1, 3, 2], [1, 10, 3, 30, 4, 40]);
    const { shape, data } = compute("resample", { x, taps }, { axis: "width", round8: false });
    expect(shape).toEqual([1, 1, 2, 2]);
    expect([...data]).toEqual([2, 20, 5, 50]);
  });

  test("along the height", () => {
    const x = counting(1, 3, 2, 1);
    expect([...compute("resample", { x, taps }, { axis: "height", round8: false }).data]).toEqual([
      1, 2, 6, 7,
    ]);
  });

  test("round8 clamps, and rounds to the nearest 255th", () => {
    const steps = [25, 229, 51, 26, 51, 52, 0, 255, 60];
    const x = tensor(
      [1, 1, 3, 3],
      steps.map((step) => step / 255),
    );
    const { data } = compute("resample", { x, taps }, { axis: "width", round8: true });
    // 25.5, 140, 51.5, then −26, 459 and 68: halves go up.
    expect([...data]).toEqual([26 / 255, 140 / 255, 52 / 255, 0, 1, 68 / 255].map(Math.fround));
  });

  test("padding taps of weight zero may lie outside the picture", () => {
    const x = tensor([1, 1, 2, 1], [3, 5]);
    const padded = tensor([1, 4], [1, 1, 0, 0]);
    expect([...compute("resample", { x, taps: padded }, { axis: "width", round8: false }).data]).toEqual([5]);
  });
});

test("crop", () => {
  const x = counting(1, 3, 3, 2);
  const { shape, data } = compute("crop", { x }, { top: 1, left: 1, height: 2, width: 1 });
  expect(shape).toEqual([1, 2, 1, 2]);
  expect([...data]).toEqual([8, 9, 14, 15]);
});

test("normalize, a channel at a time", () => {
  const x = tensor([1, 1, 2, 2], [1, 2, 3, 4]);
  const { data } = compute("normalize", { x }, { mean: [1, 0], std: [0.5, 2] });
  expect([...data]).toEqual([0, 1, 4, 2]);
});
