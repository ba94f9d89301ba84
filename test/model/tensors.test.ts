/** The paper's networks at full size, by their shapes alone. */
import { describe, expect, test } from "vitest";
import { modelTensors, parameterCount } from "../../src/model/tensors.js";
import { type Choices, paperConfig } from "../../src/weights/assemble.js";

const resnet50 = { stem: 64, width: 64, blocks: [3, 4, 6, 3] as [number, number, number, number] };

describe("parameters of the paper's size", () => {
  test.each([
    ["FR", { mode: "fr" }, 41_281_350, 6_436_805],
    ["NR linear", { mode: "nr" }, 42_862_214, 8_017_669],
    ["NR gated", { mode: "nr", gate: "gated" }, 48_440_774, 13_596_229],
  ] satisfies [string, Choices, number, number][])("%s", (_, choices, total, pooling) => {
    const tensors = modelTensors(paperConfig(resnet50, 1024, choices));
    const count = (pattern: RegExp) => parameterCount(tensors.filter(({ key }) => pattern.test(key)));
    expect(parameterCount(tensors)).toBe(total);
    expect(count(/^backbone\./)).toBe(23_508_032);
    expect(count(/^pooling\./)).toBe(pooling);
    expect(count(/^(information|weight)\.\d\.attention\./)).toBe(6_303_744);
    expect(count(/^(information|weight)\.\d\.head\./)).toBe(4_202_496);
    expect(count(/^map\./)).toBe(787_968);
    expect(count(/^head\./)).toBe(25_921);
    expect(count(/^position\./)).toBe(16_384);
  });
});

test("of the words' features and the batch norms' statistics there are tensors, and no parameters", () => {
  const tensors = modelTensors(paperConfig(resnet50, 1024, { mode: "nr" }));
  expect(tensors.find(({ key }) => key === "text.features")?.shape).toEqual([40, 1024]);
  const all = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  const statistics = tensors.filter(({ key }) => /running_(mean|var)$/.test(key));
  expect(statistics).toHaveLength(2 * 53);
  expect(all - parameterCount(tensors)).toBe(40 * 1024 + 2 * 26_560);
});
