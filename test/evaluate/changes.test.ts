import { expect, test } from "vitest";
import { type Rgba, resize } from "../../src/image/resize.js";
import { changes } from "../../tools/evaluate/changes.js";

/** Red is the column, green the row. */
function grid(width: number, height: number): Rgba {
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 7], i * 4);
  return { width, height, data };
}

const pixel = ({ width, data }: Rgba, x: number, y: number) => [
  ...data.subarray((y * width + x) * 4, (y * width + x + 1) * 4),
];

test("mirroring turns the columns round, twice is nothing", () => {
  const mirror = changes["mirrored left to right"];
  expect(pixel(mirror(grid(20, 10)), 0, 3)).toEqual([19, 3, 7, 255]);
  expect(mirror(mirror(grid(20, 10)))).toEqual(grid(20, 10));
});

test("crops keep the middle", () => {
  const edge = changes["4 pixels cropped at each side"](grid(20, 10));
  expect([edge.width, edge.height]).toEqual([12, 2]);
  expect(pixel(edge, 0, 0)).toEqual([4, 4, 7, 255]);
  const centre = changes["centre crop of 90 %"](grid(100, 60));
  expect([centre.width, centre.height]).toEqual([90, 54]);
  expect(pixel(centre, 89, 53)).toEqual([94, 56, 7, 255]);
});

test("rescaling keeps a flat picture flat, its alpha whole, and a ramp a ramp", () => {
  const flat = { width: 50, height: 40, data: new Uint8Array(50 * 40 * 4).fill(90) };
  expect(new Set(changes["rescaled by 1.1"](flat).data)).toEqual(new Set([90]));
  const half = resize(grid(200, 100), 100, 50);
  expect(pixel(half, 50, 25)).toEqual([101, 51, 7, 255]);
});

test("resizing is Pillow's, to the last bit", () => {
  // Pillow 13.0: Image.fromarray(r).resize(size, Image.Resampling.BICUBIC), r the same values in RGB.
  const data = new Uint8Array(7 * 5 * 4).fill(255);
  for (let i = 0; i < 7 * 5 * 3; i++) data[Math.floor(i / 3) * 4 + (i % 3)] = (i * 37) % 251;
  const rgb = (picture: Rgba) => [...picture.data].filter((_, i) => i % 4 !== 3);
  expect(rgb(resize({ width: 7, height: 5, data }, 4, 3))).toEqual([
    ...[63, 92, 133, 181, 75, 116, 145, 123, 82, 126, 164, 135],
    ...[96, 132, 145, 106, 117, 146, 153, 78, 133, 169, 166, 89],
    ...[134, 172, 95, 115, 157, 94, 85, 131, 127, 117, 92, 139],
  ]);
  expect(rgb(resize({ width: 7, height: 5, data }, 9, 6)).slice(54, 81)).toEqual([
    ...[33, 70, 106, 116, 160, 210, 138, 127, 175, 105, 59, 95, 120, 157, 194],
    ...[237, 25, 73, 159, 58, 120, 116, 179, 124, 207, 255, 5],
  ]);
});
