/** `bpclip profile` on the CPU; the GPU's turn is profile.gpu.test.ts. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Profile } from "../../src/profile/profile.js";
import type { Trace } from "../../src/profile/trace.js";
import { checkpoints, jsonLines, png, tinyFr, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
beforeAll(() => {
  at.write({ ...checkpoints, "a.png": png(50, 40, 1), "b.png": png(50, 40, 2), "c.png": png(40, 50) });
  mkdirSync(join(at.folder, "folder"));
});
afterAll(() => at.remove());

const file = (name: string) => readFileSync(join(at.folder, name), "utf8");
const quick = ["--runs", "1"];

test("--json is the whole profile, as one object", () => {
  const { status, stdout, stderr } = at.run("profile", "a.png", "--json", ...tinyNr, ...quick);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const [found, ...others] = jsonLines(stdout) as unknown as (Profile & { image: string })[];
  expect(others).toEqual([]);
  const { image, executor, runs, clock, steps, total } = found;
  expect({ image, executor, runs, clock: clock.kind }).toEqual({
    ...{ image: "a.png", executor: "cpu", runs: 1, clock: "wall" },
  });
  expect(steps).toHaveLength(total.steps);
  const [scored] = jsonLines(at.run("score", "a.png", "--json", ...tinyNr).stdout);
  expect(found.score).toBeCloseTo(scored.score as number, 6);
});

test("the tables name every part and every kernel, and --all every step", () => {
  const { stdout, status } = at.run("profile", "a.png", ...tinyNr, ...quick);
  expect(status).toBe(0);
  for (const name of ["tap.1", "tap.5", "pooling.3", "information", "head", "total", "conv2d", "attention"]) {
    expect(stdout).toMatch(new RegExp(`^${name.replace(".", "\\.")} +\\d`, "m"));
  }
  expect(stdout).toMatch(/\d+ ops, each timed +[\d.]+ ms\nthe same, not timed one by one +[\d.]+ ms\n/);
  expect(stdout).toMatch(/^peaks +[\d.]+ [MGT]FLOP\/s, [\d.]+ [MGT]B\/s copied$/m);
  expect(stdout).not.toContain("tap.layer1.0.relu1");
  expect(at.run("profile", "a.png", "--all", ...tinyNr, ...quick).stdout).toMatch(/^tap\.layer1\.0\.relu1 /m);
});

test("writes a trace and a roofline, in place of older ones", () => {
  at.write({ "t.json": "old", "r.svg": "old" });
  const files = ["--trace", "t.json", "--roofline", "r.svg"];
  const { status, stderr } = at.run("profile", "a.png", ...files, ...tinyNr, ...quick);
  expect(stderr).toMatch(/^bpclip: t\.json: .*ui\.perfetto\.dev.*\n$/);
  expect(status).toBe(0);
  const { traceEvents } = JSON.parse(file("t.json")) as Trace;
  expect(traceEvents.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["tap.3", "head.1", "one pass"]),
  );
  expect(file("r.svg")).toMatch(/^<svg .*[\s\S]*>conv2d, \d+<\/text>[\s\S]*<\/svg>\n$/);
});

test("--reference profiles the comparison", () => {
  const args = ["a.png", "--reference", "b.png", "--json", ...tinyFr, ...quick];
  const [found] = jsonLines(at.run("profile", ...args).stdout) as unknown as Profile[];
  expect(found).toMatchObject({ mode: "fr", reference: "b.png" });
  expect(found.layers.map(({ name }) => name)).toContain("reference.5");
});

test("a picture that cannot be profiled is one line with its code, and status 1", () => {
  const missing = at.run("profile", "nowhere.png", "--json", ...tinyNr);
  expect(missing.stderr).toMatch(/^bpclip: nowhere\.png: [^\n]+ \[IMAGE_FILE\] [^\n]+\n$/);
  expect(jsonLines(missing.stdout)).toMatchObject([{ image: "nowhere.png", error: { code: "IMAGE_FILE" } }]);
  expect(missing.status).toBe(1);
  const sizes = at.run("profile", "a.png", "--reference", "c.png", ...tinyFr);
  expect(sizes.stderr).toMatch(/^bpclip: a\.png: [^\n]+ \[INPUT_SIZES\] [^\n]+--resize-reference[^\n]+\n$/);
  expect(sizes.status).toBe(1);
  const folder = at.run("profile", "a.png", "--trace", "folder/none/t.json", ...tinyNr, ...quick);
  expect(folder.stderr).toMatch(/\[OUTPUT_FILE\]/);
  expect(folder.status).toBe(1);
});

describe("wrong usage is status 2, and nothing is run", () => {
  test.each([
    ["", "profile wants one picture"],
    ["a.png b.png", "profile wants one picture"],
    ["a.png --runs 0", "--runs"],
    ["a.png --runs 1001", "--runs"],
    ["a.png --runs many", "--runs"],
    ["a.png --trace trace.txt", "--trace.*\\.json"],
    ["a.png --roofline roof.png", "--roofline.*\\.svg"],
    ["a.png --resize-reference", "--reference"],
    ["a.png --tarce t.json", "--trace"],
  ])("profile %s", (args, said) => {
    const { status, stdout, stderr } = at.run("profile", ...args.split(" ").filter(Boolean));
    expect(stderr).toMatch(new RegExp(`^bpclip: [^\\n]*${said}[^\\n]*\\n$`));
    expect(stderr).toContain("[USAGE]");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(existsSync(join(at.folder, "trace.txt"))).toBe(false);
  });
});

test("every option is in the help", () => {
  const { stdout } = at.run("help", "profile");
  expect(stdout).toContain("Usage: bpclip profile");
  for (const option of [
    ...["--reference", "--resize-reference", "--runs", "--all", "--trace", "--roofline", "--json"],
    ...["--adapter", "--model", "--debug"],
  ]) {
    expect(stdout).toContain(`  ${option}`);
  }
});
