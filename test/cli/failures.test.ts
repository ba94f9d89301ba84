/** Whatever is wrong, the command says it in one line with a code, and ends with a status other than 0. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.js";
import { chunk, concat, fixture, pngFile, uint32 } from "../image/files.js";
import { checkpoints, jsonLines, onCpu, png, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
const jpeg = fixture("rgb.jpg");
const whole = png(48, 40);
const nr = checkpoints["nr.safetensors"];

/** The checkpoint with a NaN in place of its last number. */
function withNaN(): Uint8Array {
  const file = nr.slice();
  new DataView(file.buffer).setFloat32(file.length - 4, Number.NaN, true);
  return file;
}

function withoutConfig(): Uint8Array {
  expect(readSafetensors(nr).metadata.bpclip).toBeDefined();
  return writeSafetensors(new Map([["w", { shape: [1], data: new Float32Array(1) }]]));
}

beforeAll(() => {
  at.write({
    ...checkpoints,
    "whole.png": whole,
    "truncated.png": whole.subarray(0, whole.length / 2),
    "truncated.jpg": jpeg.subarray(0, jpeg.length / 2),
    "text.jpg": "Once upon a time.",
    "empty.png": "",
    "pixel.png": png(1, 1),
    "huge.png": pngFile(
      chunk("IHDR", concat(uint32(30000), uint32(30000), [8, 2, 0, 0, 0])),
      chunk("IDAT", new Uint8Array(100)),
      chunk("IEND", new Uint8Array()),
    ),
    "truncated.safetensors": nr.subarray(0, nr.length / 2),
    "nan.safetensors": withNaN(),
    "other.safetensors": withoutConfig(),
    "text.safetensors": "version https://git-lfs.github.com/spec/v1",
    "empty.safetensors": "",
  });
});
afterAll(() => at.remove());

/** One line: the command's name, a message, a code in brackets, what to do; and no stack trace. */
const oneLine = (code: string) => new RegExp(`^bpclip: [^\\n]+ \\[${code}\\] [^\\n]+\\.\\n$`);

describe("a bad picture", () => {
  test.each([
    ["truncated.png", "IMAGE_TRUNCATED"],
    ["truncated.jpg", "IMAGE_TRUNCATED"],
    ["text.jpg", "IMAGE_FORMAT"],
    ["empty.png", "IMAGE_EMPTY"],
    ["pixel.png", "INPUT_TOO_SMALL"],
    ["huge.png", "IMAGE_TOO_LARGE"],
    ["nowhere.png", "IMAGE_FILE"],
  ])("%s: %s", (image, code) => {
    const { status, stdout, stderr } = at.run("score", image, "whole.png", "--json", ...tinyNr);
    expect(stderr).toMatch(oneLine(code));
    expect(stderr.split(image)).toHaveLength(2);
    expect(stderr).toContain(`bpclip: ${image}: `);
    const [failure, result] = jsonLines(stdout);
    expect(failure).toEqual({
      image,
      error: { code, message: expect.any(String), mend: expect.any(String) },
    });
    expect(result).toMatchObject({ image: "whole.png" });
    expect(status).toBe(1);
  });

  test("has no row in a table, and is counted below it", () => {
    const { status, stdout, stderr } = at.run("score", "empty.png", "whole.png", ...tinyNr);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stderr).toContain("bpclip: 2 pictures, 1 failed; ");
    expect(status).toBe(1);
  });
});

describe("a bad checkpoint", () => {
  test.each([
    ["truncated.safetensors", "WEIGHTS_TRUNCATED"],
    ["nan.safetensors", "WEIGHTS_NOT_FINITE"],
    ["other.safetensors", "WEIGHTS_NOT_BPCLIP"],
    ["text.safetensors", "WEIGHTS_[A-Z]+"],
    ["empty.safetensors", "WEIGHTS_TRUNCATED"],
    ["nowhere.safetensors", "WEIGHTS_FILE"],
    ["fr.safetensors", "INPUT_MODE"],
  ])("%s: %s", (model, code) => {
    const { status, stdout, stderr } = at.run("score", "whole.png", "--model", model, ...onCpu);
    expect(stdout).toBe("");
    expect(stderr).toMatch(oneLine(code));
    expect(status).toBe(1);
  });
});

test("--debug adds the stack trace", () => {
  const { stderr } = at.run("score", "empty.png", "--debug", ...tinyNr);
  expect(stderr).toMatch(/^bpclip: empty\.png: .+\[IMAGE_EMPTY\]/);
  expect(stderr).toMatch(/\n {4}at .+\.js:\d+/);
});
