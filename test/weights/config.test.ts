import { expect, test } from "vitest";
import { parseConfig } from "../../src/model/config.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";

/** The small config's JSON with the value at a path of keys replaced, or taken away where it is undefined. */
function changed(path: string, value: unknown): string {
  const config = structuredClone(smallConfig()) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, config);
  parent[last] = value;
  return JSON.stringify(config);
}

test("takes a good config as it is", () => {
  expect(parseConfig(JSON.stringify(smallConfig()))).toEqual(smallConfig());
  const resnet50 = smallConfig({
    mode: "fr",
    backbone: { stem: 64, width: 64, blocks: [3, 4, 6, 3] },
    width: 512,
    jointWidth: 1024,
    gate: "gated",
    difference: "smooth",
    outProjection: true,
    preNorm: true,
    pool: "weighted",
    similarity: "softmax",
    positionSize: 32,
  });
  expect(parseConfig(JSON.stringify(resnet50))).toEqual(resnet50);
});

test.each(Object.keys(smallConfig()))("wants the field %s", async (field) => {
  const { message } = await expectCode("WEIGHTS_CONFIG", () => parseConfig(changed(field, undefined)));
  expect(message).toContain(`at ${field}: found missing`);
});

test.each([
  ["name", "", '""'],
  ["name", "x".repeat(65), "xxx"],
  ["mode", "rr", '"nr" or "fr"'],
  ["backbone", [], "an object"],
  ["backbone.stem", 0, "1..1024"],
  ["backbone.width", 2.5, "an integer"],
  ["backbone.blocks", [3, 4, 6], "a list of 4"],
  ["backbone.blocks", [3, 4, 6, 1e9], "backbone.blocks[3]"],
  ["backbone.depth", 50, 'backbone."depth"'],
  ["mean", [0.5, 0.5, "0.5"], "mean[2]"],
  ["std", [0, 0.2, 0.2], "std[0]"],
  ["width", 1e12, "2..8192"],
  ["width", -16, "2..8192"],
  ["width", "16", '"16"'],
  ["width", 15, "an even multiple"],
  ["width", 18, "an even multiple of heads (4)"],
  ["jointWidth", null, "null"],
  ["heads", 0, "1..128"],
  ["gateWidth", 2000, "1..1024"],
  ["gate", true, '"linear" or "gated"'],
  ["difference", "l2", '"absolute" or "smooth"'],
  ["outProjection", 1, "true or false"],
  ["preNorm", "false", "true or false"],
  ["pool", "max", '"mean" or "weighted"'],
  ["similarity", "dot", '"cosine" or "softmax"'],
  ["positionSize", 1e6, "1..1024"],
  ["words", ["clear"], "a list of 40"],
  ["words.1", "clear", "40 different words"],
  ["words.1", 7, "words[1]"],
  ["pairs", {}, "a list of 20"],
  ["pairs.0.positive", "sunny", "pairs[0]"],
  ["pairs.3.negative", "blurry", "pairs[3]"],
  ["pairs.2.positive", "fuzzy", "pairs[2]"],
  ["pairs.1.dimension", undefined, "pairs[1].dimension"],
  ["temperature", 0, "temperature"],
  ["temperature", -0.1, "temperature"],
  ["learningRate", 1, "an unknown field"],
])("refuses %s = %j", async (path, value, said) => {
  const { message } = await expectCode("WEIGHTS_CONFIG", () => parseConfig(changed(path, value)));
  expect(message).toContain(said);
});

test.each(["", "{", "null", "[]", "7", '"nr"'])("refuses the JSON %j", async (json) => {
  await expectCode("WEIGHTS_CONFIG", () => parseConfig(json));
});

test("an own __proto__ is an unknown field", async () => {
  const json = `${JSON.stringify(smallConfig()).slice(0, -1)},"__proto__":{}}`;
  await expectCode("WEIGHTS_CONFIG", () => parseConfig(json));
});

test("no number, however written, gets around its bounds", async () => {
  await expectCode("WEIGHTS_CONFIG", () =>
    parseConfig(changed("temperature", 1).replace('"temperature":1', '"temperature":1e999')),
  );
});
