import { describe, expect, test } from "vitest";
import { erf } from "../../src/reference/ops/activation.js";
import { compute, tensor } from "./compute.js";

describe("erf", () => {
  // Python's math.erf, correct to a unit in the last place.
  test.each([
    [0, 0],
    [1e-10, 1.1283791670955126e-10],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3.5, 0.9999992569016276],
    [5.9, 1],
    [40, 1],
    [Infinity, 1],
  ])("erf(%f), and of its opposite", (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(2e-15 * expected);
    expect(erf(-x)).toBe(-erf(x));
  });

  test("rises with its argument, without a step where the series ends", () => {
    for (let x = -7; x < 7; x += 1 / 64) {
      // Twice the error of one value.
      expect(erf(x + 1 / 64) - erf(x)).toBeGreaterThanOrEqual(-4e-15);
    }
  });
});

test("each activation at a few points", () => {
  const x = tensor([5], [-30, -1, 0, 0.5, 30]);
  const expected = {
    none: [-30, -1, 0, 0.5, 30],
    relu: [0, 0, 0, 0.5, 30],
    // x·Φ(x) with Φ(−1) = 0.158655253931457, Φ(0.5) = 0.691462461274013.
    gelu: [0, -0.158655253931457, 0, 0.345731230637007, 30],
    // 1/(1 + e^1.702) = 0.1542042340672, 1/(1 + e^−0.851) = 0.7007768732129.
    quickGelu: [0, -0.154204234067179, 0, 0.35038843660638, 30],
    sigmoid: [0, 0.268941421369995, 0.5, 0.622459331201855, 1],
  };
  for (const [kind, values] of Object.entries(expected)) {
    const { data } = compute("activation", { x }, { kind: kind as keyof typeof expected });
    // f32 rounds by 6e-8 of a value at most; sigmoid(−30) is 1e-13, and not 0.
    values.forEach((value, i) => {
      expect(Math.abs(data[i] - value), `${kind}(${x.data[i]})`).toBeLessThanOrEqual(
        6e-8 * Math.abs(value) + 1e-12,
      );
    });
  }
});
