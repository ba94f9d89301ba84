import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shipped } from "../support/describe.js";
import { checkpoints, jsonLines, onCpu, png, tinyNr, Workplace } from "./run.js";

const at = new Workplace();

beforeAll(() => {
  at.write({
    ...checkpoints,
    "text.safetensors": shipped("text"),
    "a.png": png(48, 40, 1),
    "b.png": png(48, 40, 2),
    "wide.png": png(64, 40, 2),
    "empty.png": "",
  });
});
afterAll(() => at.remove());

const run = (...args: string[]) => at.run("describe", ...args, ...onCpu);

test("--json has all of a score, its adjectives, and the texts in their order", () => {
  const { status, stdout, stderr } = run("a.png", "washed out", "blurry", "--json");
  const [result, ...others] = jsonLines(stdout);
  expect(others).toEqual([]);
  expect(result).toMatchObject({ image: "a.png", mode: "nr", model: "bpclip-s-nr", width: 48, height: 40 });
  const adjectives = result.adjectives as Record<string, number>;
  expect(result.texts).toEqual([
    {
      text: "washed out",
      value: expect.any(Number),
      similarities: Array(4).fill(expect.any(Number)),
      nearest: { word: expect.any(String), similarity: expect.any(Number) },
    },
    {
      text: "blurry",
      value: expect.closeTo(adjectives.blurry, 2),
      similarities: Array(4).fill(expect.any(Number)),
      nearest: { word: "blurry", similarity: expect.closeTo(1, 2) },
    },
  ]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("the table has a row for each text, and stderr says what computed it", () => {
  const { status, stdout, stderr } = run("a.png", "out of focus", "\x1b[31mdreamy");
  const [header, first, second, ...others] = stdout.trimEnd().split("\n");
  expect(header.split(/ {2,}/)).toEqual(["image", "text", "fits", "nearest adjective"]);
  expect(first).toMatch(/^a\.png {2}out of focus {2,}0\.\d{3} {2}blurry 0\.\d\d$/);
  expect(second.indexOf(" 0.")).toBe(first.indexOf(" 0."));
  expect(others).toEqual([]);
  expect(stdout).not.toContain("\x1b");
  expect(stderr).toMatch(/^bpclip: 1 picture; .*bpclip-s-nr [0-9a-f]{12} on cpu \(.+\)\n$/);
  expect(status).toBe(0);
});

test("a glob describes each picture, beside a reference when there is one", () => {
  const { status, stdout } = run("[ab].png", "blurry", "--reference", "a.png", "--json");
  const results = jsonLines(stdout);
  expect(results.map(({ image, reference, mode }) => [image, reference, mode])).toEqual([
    ["a.png", "a.png", "fr"],
    ["b.png", "a.png", "fr"],
  ]);
  expect(status).toBe(0);
});

describe("what is wrong is one line with a code", () => {
  test("a picture that cannot be read", () => {
    const { status, stdout, stderr } = run("empty.png", "blurry", "--json");
    expect(jsonLines(stdout)).toEqual([
      {
        image: "empty.png",
        error: { code: "IMAGE_EMPTY", message: expect.any(String), mend: expect.any(String) },
      },
    ]);
    expect(stderr).toMatch(/^bpclip: empty\.png: [^\n]+ \[IMAGE_EMPTY\] [^\n]+\n$/);
    expect(status).toBe(1);
  });

  test("a reference of another size, unless it may be resized", () => {
    const args = ["a.png", "blurry", "--reference", "wide.png", "--json"];
    const refused = run(...args);
    expect(refused.stderr).toContain("[INPUT_SIZES]");
    expect(refused.status).toBe(1);
    expect(run(...args, "--resize-reference").status).toBe(0);
  });

  test.each([
    ["no tower for a checkpoint of one's own", [], "INPUT_TEXT_TOWER", "--text"],
    [
      "a tower of another checkpoint",
      ["--text", "text.safetensors"],
      "WEIGHTS_TEXT_MISMATCH",
      "trained with",
    ],
    ["a tower that is none", ["--text", "nr.safetensors"], "WEIGHTS_NOT_TEXT", "clip_text"],
    ["a tower that is not there", ["--text", "nowhere.safetensors"], "WEIGHTS_FILE", "nowhere"],
  ])("%s", (_, args, code, says) => {
    const { status, stdout, stderr } = at.run("describe", "a.png", "blurry", ...args, ...tinyNr);
    expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^bpclip: [^\\n]+ \\[${code}\\] [^\\n]+\\n$`));
    expect(stderr).toContain(says);
    expect(status).toBe(1);
  });

  test("a blank text is wrong usage", () => {
    const { status, stderr } = run("a.png", "blurry", " ");
    expect(stderr).toMatch(/^bpclip: Text 2, " ", is blank\. \[USAGE\] [^\n]+\n$/);
    expect(status).toBe(2);
  });
});
