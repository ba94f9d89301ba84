import { expect, test } from "vitest";
import { decodeFloat16, encodeFloat16, fromFloat16, nearestFloat16 } from "../../src/weights/float16.js";

const encodeOne = (value: number) => encodeFloat16(Float32Array.of(value))[0];

test("known halves", () => {
  expect(fromFloat16(0x3c00)).toBe(1);
  expect(fromFloat16(0xc000)).toBe(-2);
  expect(fromFloat16(0x3555)).toBe(0.333251953125);
  expect(fromFloat16(0x7bff)).toBe(65504);
  expect(fromFloat16(0x0400)).toBe(2 ** -14);
  expect(fromFloat16(0x0001)).toBe(2 ** -24);
  expect(fromFloat16(0x8000)).toBe(-0);
  expect(fromFloat16(0xfc00)).toBe(-Infinity);
  expect(fromFloat16(0x7c01)).toBeNaN();
});

test("all 65,536 halves come back from f32", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
  const values = decodeFloat16(halves);
  // A NaN keeps no payload, and a platform may drop its sign.
  const isNaNHalf = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
  const wrong = [...encodeFloat16(values)].filter((bits, i) =>
    isNaNHalf(i) ? !isNaNHalf(bits) || !Number.isNaN(values[i]) : bits !== i,
  );
  expect(wrong).toEqual([]);
});

test("between every two neighbouring halves, rounds to the nearest, and to even in the middle", () => {
  for (let low = 0; low < 0x7bff; low++) {
    const a = fromFloat16(low);
    const b = fromFloat16(low + 1);
    const middle = (a + b) / 2; // Exact in f32, as are the quarters.
    expect(encodeOne(middle)).toBe(low % 2 === 0 ? low : low + 1);
    expect(encodeOne((a + middle) / 2)).toBe(low);
    expect(encodeOne((middle + b) / 2)).toBe(low + 1);
  }
});

test("the ends of the range", () => {
  expect(encodeOne(65519)).toBe(0x7bff);
  expect(encodeOne(65520)).toBe(0x7c00);
  expect(encodeOne(-3e38)).toBe(0xfc00);
  expect(encodeOne(2 ** -25)).toBe(0);
  expect(encodeOne(2 ** -25 * 1.001)).toBe(1);
  expect(encodeOne(-1e-45)).toBe(0x8000);
});

test("the nearest half as a number is the one that is encoded", () => {
  const values = [65519, 65520, -65520, Infinity, -3e38, 2 ** -25, 2 ** -25 * 1.001, -1e-45];
  for (let low = 0; low < 0x7bff; low++) {
    const [a, b] = [fromFloat16(low), fromFloat16(low + 1)];
    values.push(a, (3 * a + b) / 4, (a + b) / 2, (a + 3 * b) / 4, -a, -(a + b) / 2);
  }
  const wrong = values.filter((value) => nearestFloat16(value) !== fromFloat16(encodeOne(value)));
  expect(wrong).toEqual([]);
  expect(nearestFloat16(Number.NaN)).toBeNaN();
});
