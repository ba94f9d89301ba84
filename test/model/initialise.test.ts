/** First values of new layers: of PyTorch's distributions, and each by its seed and key alone. */
import { describe, expect, test } from "vitest";
import { initialise } from "../../src/model/initialise.js";
import { modelTensors } from "../../src/model/tensors.js";
import { paperConfig } from "../../src/weights/assemble.js";

const backbone = { stem: 16, width: 8, blocks: [1, 1, 1, 1] as [number, number, number, number] };
const config = paperConfig(backbone, 256, { mode: "nr", gate: "gated", outProjection: true, preNorm: true });
const tensors = modelTensors(config).filter(({ key }) => !/^(backbone|text)\./.test(key));
const shapes = new Map(tensors.map(({ key, shape }) => [key, shape]));
const values = initialise(tensors, 1);

/** By what `torch.nn` does for each kind of layer; keys say which kind they are. */
function expected(key: string): { deviation: number; bound: number; mean: number } {
  if (key.startsWith("position.")) return { mean: 0, deviation: 0.02, bound: 0.02 * 6 };
  if (key.includes(".norm.")) {
    const mean = key.endsWith("weight") ? 1 : 0;
    return { mean, deviation: 0, bound: mean };
  }
  const weight = shapes.get(key.replace(/bias$/, "weight"))!;
  const bound = 1 / Math.sqrt(weight.slice(1).reduce((product, side) => product * side, 1));
  return { mean: 0, deviation: bound / Math.sqrt(3), bound };
}

function sameBytes(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

test("every tensor has its values", () => {
  expect([...values.keys()]).toEqual(tensors.map(({ key }) => key));
  for (const { key, shape } of tensors) {
    expect(values.get(key)!.length, key).toBe(shape.reduce((a, b) => a * b));
  }
});

describe("bounds, mean and variance", () => {
  test.each(tensors.map(({ key }) => key))("%s", (key) => {
    const { mean, deviation, bound } = expected(key);
    const data = values.get(key)!;
    const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    const found = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    if (deviation === 0) return expect([found, variance]).toEqual([mean, 0]);

    // Five standard errors of each; the fourth moment is 9/5 of the squared variance if uniform, and 3 if normal.
    const kurtosis = key.startsWith("position.") ? 3 : 9 / 5;
    expect(Math.abs(found - mean) / deviation).toBeLessThan(5 / Math.sqrt(data.length));
    const error = Math.sqrt((kurtosis - 1) / data.length);
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * error);
    // A uniform one reaches near its bound, where it has values enough.
    if (kurtosis < 3 && data.length > 1000) expect(largest).toBeGreaterThan(0.98 * bound);
  });
});

test("the same seed gives the same bytes, another seed others", () => {
  const again = initialise(tensors, 1);
  const others = initialise(tensors, 2);
  for (const [key, data] of values) {
    expect(sameBytes(again.get(key)!, data), key).toBe(true);
    expect(sameBytes(others.get(key)!, data), key).toBe(key.includes(".norm."));
  }
});

test("a layer's values do not depend on which other layers there are, or on their order", () => {
  const head = tensors.filter(({ key }) => key.startsWith("head.")).reverse();
  for (const [key, data] of initialise(head, 1)) {
    expect(sameBytes(data, values.get(key)!), key).toBe(true);
  }
});

test("layers of one shape differ", () => {
  const [query, key, value] = ["query", "key", "value"].map(
    (role) => values.get(`weight.1.attention.${role}.weight`)!,
  );
  expect(sameBytes(query, key)).toBe(false);
  expect(sameBytes(key, value)).toBe(false);
});

test("a tensor of no known layer is no one's to initialise", () => {
  expect(() => initialise([{ key: "text.features", shape: [40, 8] }], 1)).toThrow(TypeError);
});
