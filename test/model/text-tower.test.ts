import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.js";
import { parseTextTowerConfig } from "../../src/model/text-tower.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import { embedPrompts } from "../../src/text/embed.js";
import { expectClose } from "../support/close.js";
import { seededWeights } from "../support/goldens.js";
import { readTextGolden, textGoldenCases } from "../support/text-goldens.js";

describe("the text tower on the CPU equals PyTorch", () => {
  // 77 tokens by the full size take half a minute on the CPU, and are left to the GPU.
  test.each(textGoldenCases.filter((name) => name !== "text-clip-77"))("%s", async (name) => {
    const golden = readTextGolden(name);
    const executor = new CpuExecutor(seededWeights(golden.seed));
    const features = await embedPrompts(golden.config, executor, golden.prompts);
    expectClose(features, golden.features, { absolute: 1e-5, relative: 0 }, name);
  });
});

describe("parseTextTowerConfig", () => {
  const good = {
    ...{ vocabulary: 600, context: 16, width: 64, layers: 3, heads: 2, jointWidth: 128 },
    activation: "quickGelu",
  };

  test("reads a config", () => {
    expect(parseTextTowerConfig(JSON.stringify(good))).toEqual(good);
  });

  test.each([
    ["no JSON", "{"],
    ["heads that do not divide the width", JSON.stringify({ ...good, heads: 3 })],
    ["another activation", JSON.stringify({ ...good, activation: "relu" })],
    ["a missing field", JSON.stringify({ ...good, layers: undefined })],
    ["a width that only exhausts memory", JSON.stringify({ ...good, width: 1e9 })],
  ])("refuses %s", (_, json) => {
    expect(() => parseTextTowerConfig(json)).toThrow(WeightsError);
  });
});
