import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { modelTensors } from "../../src/model/tensors.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { NamedTensors } from "../../src/weights/named-tensors.js";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { seededTensor } from "../support/seeded.js";

const shapes: [string, number[]][] = [
  ["head.0.weight", [4, 6]],
  ["head.0.bias", [4]],
];

function bytes(metadata: Record<string, string> = { bpclip: JSON.stringify(smallConfig()) }) {
  return writeSafetensors(
    new Map(shapes.map(([key, shape]) => [key, { shape, data: seededTensor(key, shape, 1) }])),
    metadata,
  );
}

const tensors = () => new NamedTensors("small", readSafetensors(bytes()).tensors);

test("opens: config, keys, hash, size and tensors", async () => {
  const file = seededCheckpoint(smallConfig());
  const checkpoint = await openCheckpoint(file);
  expect(checkpoint.config).toEqual(smallConfig());
  expect(checkpoint.keys()).toEqual(modelTensors(smallConfig()).map(({ key }) => key));
  expect(checkpoint.sha256).toBe(createHash("sha256").update(file).digest("hex"));
  expect(checkpoint.byteLength).toBe(file.byteLength);
  expect(checkpoint.get("position.h", [8, 8])).toEqual(seededTensor("position.h", [8, 8], 1));
  expect((await openCheckpoint(file.slice().buffer)).sha256).toBe(checkpoint.sha256);
});

test("a page without https, which has no crypto.subtle, is told why", async () => {
  vi.stubGlobal("crypto", {});
  try {
    await expectCode("WEIGHTS_INSECURE", () => openCheckpoint(seededCheckpoint(smallConfig())));
  } finally {
    vi.unstubAllGlobals();
  }
});

test("get refuses a missing tensor and another shape, and says both shapes", async () => {
  const checkpoint = tensors();
  const missing = await expectCode("WEIGHTS_MISSING", () => checkpoint.get("head.1.weight", [1, 160]));
  expect(missing.message).toContain('"head.1.weight" [1, 160]');
  const other = await expectCode("WEIGHTS_SHAPE", () => checkpoint.get("head.0.weight", [6, 4]));
  expect(other.message).toContain("should be [6, 4] and is [4, 6]");
  await expectCode("WEIGHTS_SHAPE", () => checkpoint.get("head.0.weight", [4, 6, 1]));
});

test("requireKeys takes exactly the tensors there are", () => {
  tensors().requireKeys(shapes.map(([key, shape]) => ({ key, shape })));
});

test("requireKeys reports everything at once", async () => {
  const { message } = await expectCode("WEIGHTS_KEYS", () =>
    tensors().requireKeys([
      { key: "head.0.weight", shape: [4, 7] },
      { key: "map.0.weight", shape: [2, 2] },
    ]),
  );
  expect(message).toContain("in 3 of its tensors");
  expect(message).toContain('"head.0.weight" should be [4, 7] and is [4, 6]');
  expect(message).toContain('"map.0.weight" [2, 2] is missing');
  expect(message).toContain('"head.0.bias" [4] is not part of the model');
});

test("requireKeys lists ten problems and counts the rest", async () => {
  const expected = Array.from({ length: 20 }, (_, i) => ({ key: `extra.${i}`, shape: [1] }));
  const { message } = await expectCode("WEIGHTS_KEYS", () => tensors().requireKeys(expected));
  expect(message).toContain('"extra.9" [1] is missing; and 12 more.');
  expect(message).not.toContain("extra.10");
});

test("refuses safetensors that are no checkpoint, or have a bad config or not its tensors", async () => {
  await expectCode("WEIGHTS_NOT_BPCLIP", () => openCheckpoint(bytes({})));
  await expectCode("WEIGHTS_NOT_BPCLIP", () => openCheckpoint(bytes({ format: "pt" })));
  await expectCode("WEIGHTS_CONFIG", () => openCheckpoint(bytes({ bpclip: "{}" })));
  await expectCode("WEIGHTS_TRUNCATED", () => openCheckpoint(bytes().slice(0, -1)));
  await expectCode("WEIGHTS_KEYS", () => openCheckpoint(bytes()));
});
