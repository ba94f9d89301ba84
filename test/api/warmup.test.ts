/** Making a model ready ahead of its pictures, on the CPU; the GPU's turn is warmup.gpu.test.ts. */
import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const cpu = { adapter: "cpu" } as const;

test("the CPU reads the checkpoint, and no more", async () => {
  const loaded: number[] = [];
  const model = await loadModel({ nr }, { ...cpu, onProgress: (bytes) => loaded.push(bytes) });
  expect(loaded).toEqual([]);
  await model.warmup({ width: 64, height: 48 });
  expect(loaded).toEqual([nr.byteLength]);
  await model.score({ width: 64, height: 48, channels: 3, data: seededPicture(48, 64, 1) });
  expect(loaded).toEqual([nr.byteLength]);
  model.dispose();
});

test.each([
  ["INPUT_SIZE", { width: 0, height: 48 }],
  ["INPUT_SIZE", { width: 64, height: 48.5 }],
  ["INPUT_SIZE", { width: Number.NaN, height: 48 }],
  ["INPUT_TOO_SMALL", { width: 64, height: 31 }],
  ["INPUT_TOO_SMALL", { width: 64_000, height: 64 }],
  ["INPUT_MODE", { width: 64, height: 48, mode: "fr" }],
] as const)("%s for %o", async (code, asked) => {
  const model = await loadModel({ nr }, cpu);
  await expectCode(code, () => model.warmup(asked));
  model.dispose();
});

test("a disposed model is not made ready", async () => {
  const model = await loadModel({ nr }, cpu);
  model.dispose();
  await expectCode("INPUT_DISPOSED", () => model.warmup({ width: 64, height: 48 }));
});
