import { expect, test } from "vitest";
import { compute, counting, tensor } from "./compute.js";

const plain = { stride: 1, padding: 0, activation: "none" } as const;

/** The definition, a product at a time; slow, and independent of how the op gathers and multiplies. */
function directly(
  x: { shape: readonly number[]; data: ArrayLike<number> },
  weight: { shape: readonly number[]; data: ArrayLike<number> },
  stride: number,
  padding: number,
): number[] {
  const [batch, height, width, inputs] = x.shape;
  const [outputs, , kh, kw] = weight.shape;
  const result: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let y = -padding; y + kh <= height + padding; y += stride)
      for (let left = -padding; left + kw <= width + padding; left += stride)
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let i = 0; i < inputs; i++)
            for (let r = 0; r < kh; r++)
              for (let c = 0; c < kw; c++) {
                const inside = y + r >= 0 && y + r < height && left + c >= 0 && left + c < width;
                if (!inside) continue;
                const pixel = x.data[((n * height + y + r) * width + left + c) * inputs + i];
                sum += pixel * weight.data[((o * inputs + i) * kh + r) * kw + c];
              }
          result.push(sum);
        }
  return result;
}

test("a 2×2 kernel over a 3×3 map", () => {
  // 0 1 2 / 3 4 5 / 6 7 8 under 1 2 / 3 4: 0 + 2 + 9 + 16 = 27, and 10 more a step to the right, 30 a step down.
  const x = counting(1, 3, 3, 1);
  const weight = tensor([1, 1, 2, 2], [1, 2, 3, 4]);
  expect([...compute("conv2d", { x, weight }, plain).data]).toEqual([27, 37, 57, 67]);
});

test.each([
  { x: [2, 5, 4, 3], weight: [3, 3, 3, 3], stride: 1, padding: 1 },
  { x: [1, 7, 9, 2], weight: [5, 2, 3, 2], stride: 2, padding: 1 },
  { x: [1, 6, 5, 1], weight: [2, 1, 7, 7], stride: 2, padding: 3 },
  { x: [1, 5, 5, 4], weight: [1, 4, 1, 1], stride: 2, padding: 0 },
  { x: [1, 1, 1, 1], weight: [1, 1, 3, 3], stride: 1, padding: 1 },
])("is its definition: $x by $weight, stride $stride, padding $padding", ({ x, weight, stride, padding }) => {
  // Small integers, so that every sum is exact and any misplaced number shows.
  const picture = counting(...x);
  const kernel = counting(...weight);
  const { data } = compute("conv2d", { x: picture, weight: kernel }, { stride, padding, activation: "none" });
  expect([...data]).toEqual(directly(picture, kernel, stride, padding));
});

test("bias and residual come before the activation, the gate after it", () => {
  const x = tensor([1, 1, 2, 1], [1, 2]);
  const weight = tensor([2, 1, 1, 1], [1, -3]);
  const bias = tensor([2], [10, 1]);
  const residual = tensor([1, 1, 2, 2], [0, 4, -20, 0]);
  const gate = tensor([1, 1, 2, 1], [2, -1]);
  const attributes = { stride: 1, padding: 0, activation: "relu" } as const;
  // Before the activation: 1 + 10, −3 + 1 + 4; 2 + 10 − 20, −6 + 1.
  const { data } = compute("conv2d", { x, weight, bias, residual, gate }, attributes);
  expect([...data]).toEqual([22, 4, -0, -0]);
});
