import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Workplace } from "./run.js";

const at = new Workplace();
afterAll(() => at.remove());

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

test.each([
  [[]],
  [["score"]],
  [["compare"]],
  [["describe"]],
  [["explain"]],
  [["profile"]],
  [["eval"]],
  [["convert"]],
  [["assemble"]],
  [["doctor"]],
])("%j --help and --version", (command) => {
  for (const option of ["--help", "-h"]) {
    const { status, stdout, stderr } = at.run(...command, option);
    expect(stdout).toContain(`Usage: bpclip ${command[0] ?? "<command>"}`);
    expect(stdout).toContain("Examples:");
    expect(stderr).toBe("");
    expect(status).toBe(0);
  }
  expect(at.run(...command, "--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("every option of a command is in its help", () => {
  for (const [command, options] of Object.entries({
    score: ["--json", "--csv", "--adjectives", "--adapter", "--model", "--debug"],
    compare: ["--resize-reference", "--json", "--csv", "--adjectives", "--adapter", "--model", "--debug"],
    describe: ["--reference", "--resize-reference", "--text", "--json", "--adapter", "--model", "--debug"],
    convert: [
      "-o",
      "--force",
      "--list",
      "--dtype",
      "--part",
      "--vocabulary",
      "--activation",
      "--heads",
      "--json",
    ],
    doctor: ["--json", "--adapter", "--model", "--debug"],
  })) {
    const { stdout } = at.run("help", command);
    for (const option of options) expect(stdout).toContain(`  ${option}`);
  }
});

describe("wrong usage is one line, a suggestion, and status 2", () => {
  test.each([
    ["scor a.png", /no command "scor".*`bpclip score`/],
    ["comapre a.png b.png", /`bpclip compare`/],
    ["photo.jpg", /`bpclip score photo\.jpg`/],
    ["frobnicate", /`bpclip --help`/],
    ["score --jsno a.png", /--jsno.*--json\?/],
    ["score --resize-reference a.png", /no option --resize-reference/],
    ["score -x a.png", /no option -x/],
    ["compare --resize-refernce a.png b.png", /--resize-reference\?/],
    ["score --adapter cup a.png", /"cup".*Did you mean cpu\?/],
    ["score --adapter", /--adapter/],
    ["score --json=yes a.png", /--json/],
    ["score", /wants a picture/],
    ["compare a.png", /at least one picture/],
    ["describe", /at least one text.*bpclip describe photo\.jpg/],
    ["describe a.png", /at least one text.*bpclip describe a\.png/],
    ["describe blurry a.png", /"a\.png" looks like a picture.*`bpclip describe a\.png "blurry"`/],
    ["describe a.png b.png blurry", /"b\.png" looks like a picture.*glob in quotes/],
    ["describe a.png blurry --resize-reference", /--reference/],
    ["describe a.png blurry --refrence b.png", /--reference\?/],
    ["describe a.png blurry --csv", /no option --csv/],
    ["descrbe a.png blurry", /`bpclip describe`/],
    ["score --json --csv a.png", /exclude each other/],
    ["doctor a.png", /takes no pictures.*`bpclip score a\.png`/],
    ["--jsn", /no option --jsn/],
  ])("%s", (line, message) => {
    const { status, stdout, stderr } = at.run(...line.split(" "));
    expect(stderr).toMatch(/^bpclip: [^\n]+ \[USAGE\] [^\n]+\n$/);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("no arguments at all", () => {
    const { status, stdout, stderr } = at.run();
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: bpclip <command>");
    expect(status).toBe(2);
  });
});
