/** What the sliders do to a picture's pixels. */
import { expect, test } from "vitest";
import { addNoise, darken, gaussianBlur } from "../../src/web/damage.js";

/** A white square on black. */
function square(side: number): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from({ length: side * side * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % side, Math.floor((i >> 2) / side)];
    const isInside = Math.min(x, y) >= side / 4 && Math.max(x, y) < (3 * side) / 4;
    return i % 4 === 3 || isInside ? 255 : 0;
  });
}

function mean(rgba: Uint8ClampedArray): number {
  const values = rgba.filter((_, i) => i % 4 !== 3);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

test("a blur keeps a flat picture, and the mean of any", () => {
  const flat = new Uint8ClampedArray(20 * 12 * 4).fill(97).map((value, i) => (i % 4 === 3 ? 255 : value));
  expect(gaussianBlur(flat, 20, 12, 2.5)).toEqual(flat);
  const blurred = gaussianBlur(square(64), 64, 64, 2);
  // Rounding to 8 bits.
  expect(Math.abs(mean(blurred) - mean(square(64)))).toBeLessThan(0.5);
});

test("a blurred step is the Gaussian's own integral", () => {
  const step = Uint8ClampedArray.from({ length: 64 * 4 }, (_, i) => (i % 4 === 3 || i >= 128 ? 255 : 0));
  const blurred = gaussianBlur(step, 64, 1, 3);
  // The edge lies between pixels 31 and 32, so 33 is σ/2 of it: Φ(0.5) of 255, give or take the sampling of the kernel.
  expect(Math.abs(blurred[4 * 33] - 0.6915 * 255)).toBeLessThan(2);
  expect(blurred[0]).toBe(0);
  expect(blurred[4 * 63]).toBe(255);
});

test("noise has the deviation that is asked for, and is the same at every strength", () => {
  const grey = new Uint8ClampedArray(128 * 128 * 4).fill(128).map((value, i) => (i % 4 === 3 ? 255 : value));
  const [weak, strong] = [addNoise(grey, 5), addNoise(grey, 20)];
  const differencesOf = (rgba: Uint8ClampedArray) =>
    [...rgba].filter((_, i) => i % 4 !== 3).map((value) => value - 128);
  const [weakly, differences] = [differencesOf(weak), differencesOf(strong)];
  const deviation = Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0) / differences.length);
  expect(Math.abs(deviation - 20)).toBeLessThan(0.5);
  // A quarter of the other, each rounded.
  const apart = Math.max(...differences.map((difference, i) => Math.abs(weakly[i] - difference / 4)));
  expect(apart).toBeLessThanOrEqual(0.625);
});

test("darkness scales light, and keeps black and alpha", () => {
  const pixel = new Uint8ClampedArray([255, 188, 0, 255]);
  // Half the light is 0.5^(1/2.2) of the stored value.
  expect([...darken(pixel, 0.5)]).toEqual([186, 137, 0, 255]);
});
