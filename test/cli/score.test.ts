import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concat } from "../image/files.js";
import { checkpoints, jsonLines, main, parseCsv, png, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
const plain = png(48, 40, 1);

beforeAll(() => {
  at.write({
    ...checkpoints,
    "a.png": plain,
    "profile.png": png(48, 40, 1, [["iCCP", concat("My Camera", [0, 0, 1, 2, 3])]]),
    "wide.png": png(600, 40, 1),
    "folder/10.png": png(48, 40, 2),
    "folder/9.PNG": png(40, 48, 3),
    "folder/notes.txt": "no picture",
    "folder/.hidden.png": plain,
    "folder/.hidden/c.png": plain,
    "folder/sub/b.png": png(64, 40, 4),
    "empty/notes.txt": "no picture",
    'odd/with "quotes", commas.png': plain,
    "odd/[1].png": plain,
    "odd/\x1b[31mred.png": plain,
  });
});
afterAll(() => at.remove());

const images = (text: string) => jsonLines(text).map(({ image }) => image);

describe("--json", () => {
  test("says everything of a result, one object a line, and nothing else on stdout", () => {
    const { status, stdout, stderr } = at.run("score", "a.png", "--json", ...tinyNr);
    const [result, ...others] = jsonLines(stdout);
    expect(others).toEqual([]);
    expect(Object.keys(result)).toEqual([
      "image",
      "score",
      "dimensions",
      "width",
      "height",
      "mode",
      "model",
      "checkpoint",
      "policy",
      "executor",
      "adapter",
      "ms",
      "warnings",
    ]);
    expect(result).toMatchObject({
      image: "a.png",
      width: 48,
      height: 40,
      mode: "nr",
      model: "tiny-nr",
      policy: "own size",
      executor: "cpu",
      adapter: "CPU reference executor",
      warnings: [],
    });
    expect(result.score).toBeTypeOf("number");
    expect(result.ms).toBeGreaterThan(0);
    expect(result.checkpoint).toMatch(/^[0-9a-f]{12}$/);
    const dimensions = result.dimensions as Record<string, number>;
    expect(Object.keys(dimensions)).toEqual([
      "sharpness",
      "brightness",
      "colour",
      "contrast",
      "noise",
      "artifacts",
    ]);
    for (const value of Object.values(dimensions)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("--adjectives adds forty words", () => {
    const [result] = jsonLines(at.run("score", "a.png", "--json", "--adjectives", ...tinyNr).stdout);
    const adjectives = result.adjectives as Record<string, number>;
    expect(Object.keys(adjectives)).toHaveLength(40);
    expect(adjectives.sharp + adjectives.soft).toBeCloseTo(1, 5);
  });

  test("a warning is in the result and on stderr", () => {
    const { status, stdout, stderr } = at.run("score", "profile.png", "--json", ...tinyNr);
    const [result] = jsonLines(stdout);
    expect(result.warnings).toEqual([expect.stringContaining("My Camera")]);
    expect(stderr).toBe(`bpclip: profile.png: warning: ${(result.warnings as string[])[0]}\n`);
    expect(status).toBe(0);
  });
});

test("--native judges a picture at its own scale, in tiles", () => {
  const { status, stdout, stderr } = at.run("score", "wide.png", "a.png", "--native", "--json", ...tinyNr);
  const [wide, small] = jsonLines(stdout);
  expect(wide).toMatchObject({ image: "wide.png", width: 600, policy: "native, 2 tiles of 352x40" });
  expect(small).toMatchObject({ image: "a.png", policy: "own size" });
  // No bar where there is no terminal.
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("--csv has a header and quotes what needs quotes", () => {
  const name = 'odd/with "quotes", commas.png';
  const { status, stdout } = at.run("score", name, "a.png", "--csv", ...tinyNr);
  const [header, first, second, ...others] = parseCsv(stdout);
  expect(header).toEqual(
    "image,score,sharpness,brightness,colour,contrast,noise,artifacts,width,height,mode,model,checkpoint,policy,executor,adapter,ms,warnings".split(
      ",",
    ),
  );
  expect(first[0]).toBe(name);
  expect(first).toHaveLength(header.length);
  expect(second.slice(0, 1)).toEqual(["a.png"]);
  // The same picture twice: the same score, and the same dimensions.
  expect(second.slice(1, 8)).toEqual(first.slice(1, 8));
  expect(others).toEqual([]);
  expect(status).toBe(0);
});

test("the table is aligned, and stderr says what computed it", () => {
  const { status, stdout, stderr } = at.run("score", "a.png", "folder/sub/b.png", ...tinyNr);
  const [header, ...rows] = stdout.trimEnd().split("\n");
  expect(header.split(/ +/)).toEqual(
    "image score sharpness brightness colour contrast noise artifacts size".split(" "),
  );
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row.search(/\d+×\d+$/)).toBe(header.indexOf("size"));
  expect(rows[1]).toMatch(/^folder\/sub\/b\.png {2}.* 64×40$/);
  expect(stderr).toMatch(/^bpclip: 2 pictures; higher is better; tiny-nr [0-9a-f]{12} on cpu \(.+\)\n$/);
  expect(stdout).not.toContain("\x1b");
  expect(status).toBe(0);
});

test("a name cannot command the terminal", () => {
  const { stdout, stderr } = at.run("score", "odd/\x1b[31mred.png", "\x1b[2Jmissing.png", ...tinyNr);
  expect(stdout + stderr).not.toContain("\x1b");
  expect(stdout).toContain("red.png");
  expect(stderr).toContain("missing.png");
});

describe("operands", () => {
  test("a folder is walked, sorted, without hidden names and without what is no picture", () => {
    const { stdout, status } = at.run("score", "folder", "--json", ...tinyNr);
    expect(images(stdout)).toEqual(["folder/10.png", "folder/9.PNG", "folder/sub/b.png"]);
    expect(status).toBe(0);
  });

  test("a glob is expanded, and a name that looks like one is taken as it is", () => {
    expect(images(at.run("score", "folder/**/*.{png,PNG}", "--json", ...tinyNr).stdout)).toEqual([
      "folder/10.png",
      "folder/9.PNG",
      "folder/sub/b.png",
    ]);
    expect(images(at.run("score", "odd/[1].png", "--json", ...tinyNr).stdout)).toEqual(["odd/[1].png"]);
  });

  test.each([
    ["an empty folder", "empty", "There is no picture in this folder."],
    ["a glob that matches nothing", "folder/*.webp", "No file matches."],
    ["a file that is not there", "nowhere.png", "there is no such file"],
  ])("%s is a failure, and the rest is scored", (_, operand, message) => {
    const { status, stdout, stderr } = at.run("score", operand, "a.png", "--json", ...tinyNr);
    const [failure, result] = jsonLines(stdout);
    expect(failure).toEqual({
      image: operand,
      error: { code: "IMAGE_FILE", message: expect.stringContaining(message), mend: "Check the path." },
    });
    expect(result).toMatchObject({ image: "a.png", mode: "nr" });
    expect(stderr).toContain(`bpclip: ${operand}: `);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
  });
});

test("a reader that stops early ends the command quietly", async () => {
  const many = Array.from({ length: 30 }, () => "a.png");
  const child = spawn(process.execPath, [main, "score", ...many, "--json", ...tinyNr], { cwd: at.folder });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [status, signal] = await once(child, "close");
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
});

test.skipIf(process.platform === "win32")("Ctrl-C ends it at once, without a word", async () => {
  const many = Array.from({ length: 1000 }, () => "a.png");
  const child = spawn(process.execPath, [main, "score", ...many, "--json", ...tinyNr], { cwd: at.folder });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  await once(child.stdout, "data");
  child.kill("SIGINT");
  child.stdout.resume();
  // A shell reports the signal as status 130.
  const [status, signal] = await once(child, "close");
  expect({ status, signal, stderr }).toEqual({ status: null, signal: "SIGINT", stderr: "" });
});
