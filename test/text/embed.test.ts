/** The shipped text tower and its tokenizer, end to end: the words that the checkpoints' features are of. */
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { CpuExecutor } from "../../src/reference/executor.js";
import { embedTexts } from "../../src/text/embed.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.js";
import { openTextCheckpoint } from "../../src/weights/text-checkpoint.js";
import { expectClose } from "../support/close.js";
import { expectCode } from "../support/errors.js";

const shipped = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../weights/bpclip-s-${name}.safetensors`, import.meta.url)));
const open = (bytes: Uint8Array = shipped("text")) => {
  const checkpoint = openTextCheckpoint(bytes);
  return { checkpoint, executor: new CpuExecutor(checkpoint.get.bind(checkpoint)) };
};

test.each(["nr", "fr"])("the shipped tower gives the features of the %s checkpoint's words", async (mode) => {
  const { checkpoint, executor } = open();
  const { config, ...model } = await openCheckpoint(shipped(mode)).then((opened) => ({
    config: opened.config,
    features: opened.get("text.features", [opened.config.words.length, opened.config.jointWidth]),
  }));
  const features = await embedTexts(checkpoint, executor, config.words);
  // Both files are f16: the tower's weights are rounded here, the features there.
  expectClose(features, model.features, { absolute: 2e-3, relative: 0 }, mode);
});

test("a text has the same features alone, in company and in another run", async () => {
  const { checkpoint, executor } = open();
  const texts = Array.from({ length: 40 }, (_, i) => `${"very ".repeat(i % 7)}blurry ${i}`);
  const together = await embedTexts(checkpoint, executor, texts);
  const width = checkpoint.config.jointWidth;
  for (const i of [0, 6, 31, 32, 39]) {
    const alone = await embedTexts(checkpoint, executor, [texts[i]]);
    expectClose(
      alone,
      together.subarray(i * width, (i + 1) * width),
      { absolute: 1e-6, relative: 0 },
      texts[i],
    );
  }
});

test("no text is refused", async () => {
  const { checkpoint, executor } = open();
  await expectCode("INPUT_LENGTH", () => embedTexts(checkpoint, executor, []));
});

test("a file that is no whole tower is refused", async () => {
  const { metadata, tensors } = readSafetensors(shipped("text"));
  const file = (change: (texts: Record<string, string>) => Record<string, string>, leaveOut?: string) => {
    const kept = [...tensors].filter(([name]) => name !== leaveOut);
    return writeSafetensors(
      new Map(
        kept.map(([name, { shape }]) => [
          name,
          { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
        ]),
      ),
      change(metadata),
    );
  };
  const { merges, ...withoutMerges } = metadata;
  const shorter = merges.split("\n").slice(0, -3).join("\n");
  await expectCode("WEIGHTS_NOT_TEXT", () => openTextCheckpoint(shipped("nr")));
  await expectCode("WEIGHTS_NOT_TEXT", () => openTextCheckpoint(file(() => withoutMerges)));
  await expectCode("WEIGHTS_CONFIG", () =>
    openTextCheckpoint(file((texts) => ({ ...texts, convention: "mine" }))),
  );
  await expectCode("WEIGHTS_CONFIG", () =>
    openTextCheckpoint(file((texts) => ({ ...texts, merges: shorter }))),
  );
  const missing = open(file((texts) => texts, "ln_final.weight"));
  await expectCode("WEIGHTS_KEYS", () => embedTexts(missing.checkpoint, missing.executor, ["sharp"]));
});
