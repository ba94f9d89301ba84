import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { checkpoints, jsonLines, main, onCpu, Workplace } from "./run.js";

const at = new Workplace();
const miniatures = fileURLToPath(new URL("../datasets/miniatures", import.meta.url));

beforeAll(() => {
  at.write(checkpoints);
  for (const name of ["kadid10k", "spaq", "koniq10k", "live", "flive", "custom"]) {
    cpSync(join(miniatures, name), join(at.folder, name), { recursive: true });
  }
});
afterAll(() => at.remove());

const seededFr = (seed: number) => seededCheckpoint(smallConfig({ name: "own-fr", mode: "fr" }), seed);
const tinyFr = ["--model", "fr.safetensors", ...onCpu];
const tinyNr = ["--model", "nr.safetensors", ...onCpu];
const file = (name: string) => readFileSync(join(at.folder, name), "utf8");
const kadid = ["eval", "kadid10k", "--split", "all", ...tinyFr];

interface Estimate {
  value: number;
  interval: [number, number];
}
interface Summary {
  dataset: string;
  part: string;
  mode: string;
  results: ({ name: string; pictures: number; failed: number } & Record<string, Estimate>)[];
}
const summary = (stdout: string) => jsonLines(stdout)[0] as unknown as Summary;

test("--list tells what would be done, and does nothing", () => {
  const { status, stdout } = at.run("eval", "kadid10k", "--list", ...tinyFr);
  expect(status).toBe(0);
  expect(stdout).toContain("KADID-10k in kadid10k: 28 pictures");
  expect(stdout).toContain("the test part of split 1");
  expect(stdout).toContain("by tiny-fr (FR, ");
  expect(existsSync(join(at.folder, "bpclip-eval-kadid10k.jsonl"))).toBe(false);
});

test("two runs agree to the bit, and the second judges nothing anew", () => {
  const first = at.run(...kadid, "--log", "once.jsonl", "--report", "once.html");
  expect(first.status).toBe(0);
  expect(first.stdout).toMatch(/^tiny-fr {2}28 pictures; FR, checkpoint [0-9a-f]{12}, on CPU/);
  expect(first.stdout.match(/ to /g)).toHaveLength(8);
  const log = file("once.jsonl");
  expect(jsonLines(log)).toHaveLength(28);
  expect(jsonLines(log)[0]).toMatchObject({
    image: "images/I01_01_01.png",
    reference: "images/I01.png",
    mode: "fr",
  });

  const again = at.run(...kadid, "--log", "once.jsonl", "--report", "again.html");
  expect(again.stdout).toBe(first.stdout);
  expect(again.stderr).toContain("28 of 28 are in the log already");
  expect(file("once.jsonl")).toBe(log);
  expect(file("again.html")).toBe(file("once.html"));

  const anew = at.run(...kadid, "--log", "anew.jsonl", "--report", "anew.html");
  expect(anew.stdout).toBe(first.stdout);
  expect(file("anew.jsonl")).toBe(log);
  expect(file("anew.html")).toBe(file("once.html"));

  expect(at.run(...kadid, "--log", "once.jsonl", "--list").stdout).toContain(
    "0 to judge, 28 in once.jsonl already",
  );
});

test("a run that was killed goes on, repeats nothing, and ends with the same report", async () => {
  at.run(...kadid, "--log", "whole.jsonl", "--report", "whole.html");
  const args = [main, ...kadid, "--log", "killed.jsonl", "--report", "killed.html"];
  for (const lines of [3, 9, 20]) {
    const run = spawn(process.execPath, args, { cwd: at.folder });
    const ended = once(run, "exit");
    const poll = setInterval(() => {
      const path = join(at.folder, "killed.jsonl");
      if (existsSync(path) && readFileSync(path, "utf8").split("\n").length > lines) run.kill("SIGKILL");
    }, 2);
    await ended;
    clearInterval(poll);
  }
  // As if it was ended within a line.
  const path = join(at.folder, "killed.jsonl");
  truncateSync(path, statSync(path).size - 7);
  expect(at.run(...args.slice(1)).status).toBe(0);
  expect(file("killed.jsonl")).toBe(file("whole.jsonl"));
  expect(file("killed.html")).toBe(file("whole.html"));
});

test("a picture that is replaced is judged anew", () => {
  at.run("eval", "custom/ratings.csv", ...tinyNr, "--mode", "nr", "--log", "own.jsonl");
  cpSync(join(at.folder, "custom/pictures/1 grain.png"), join(at.folder, "custom/pictures/0 grain.png"));
  const { stderr } = at.run("eval", "custom/ratings.csv", ...tinyNr, "--mode", "nr", "--log", "own.jsonl");
  expect(stderr).toContain("9 of 10 are in the log already");
});

describe("the report", () => {
  test("has everything within itself", () => {
    at.write({
      "others.csv": `image,<PSNR>,upside down\n${jsonLines(file("once.jsonl"))
        .map(({ image, score }, i) => `${String(image).slice(7)},${i},${-(score as number)}`)
        .join("\n")}\n`,
    });
    const { status } = at.run(
      ...kadid,
      "--scores",
      "others.csv",
      "--log",
      "once.jsonl",
      "--report",
      "r.html",
    );
    expect(status).toBe(0);
    const html = file("r.html");
    for (const heading of [
      "Agreement with human opinion",
      "Beside the paper",
      "Opinion over score",
      "By distortion",
      "Worst misses of tiny-fr",
      "How it was measured",
    ]) {
      expect(html).toContain(`<h2>${heading}</h2>`);
    }
    expect(html).toContain("&lt;PSNR&gt;");
    expect(html).not.toContain("<PSNR>");
    expect(html).toContain("<td>0.964</td>");
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect(html.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(12);
    // Nothing is fetched from anywhere.
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|<link|url\(/);
  });

  test("says what could not be judged, which the log lacks and the status tells", () => {
    cpSync(join(at.folder, "live"), join(at.folder, "broken"), { recursive: true });
    writeFileSync(join(at.folder, "broken/jpeg/img1.bmp"), "BM");
    const args = ["eval", "broken", "--split", "all", ...tinyFr, "--log", "broken.jsonl"];
    const { status, stdout, stderr } = at.run(...args, "--report", "broken.html");
    expect(status).toBe(1);
    expect(stderr).toContain("jpeg/img1.bmp: ");
    expect(stdout).toContain("pictures, 1 failed");
    expect(file("broken.html")).toContain('<h2 class="failed">Not judged</h2>');
    expect(file("broken.jsonl")).not.toContain("jpeg/img1.bmp");
  });
});

describe("what is judged", () => {
  test("SPAQ at a shorter side of 448, without references", () => {
    const whole = at.run("eval", "spaq", "--split", "all", "--list", ...tinyNr).stdout;
    expect(whole).toContain("SPAQ in spaq: 6 pictures");
    expect(whole).toContain("all pictures");
    const { stdout } = at.run("eval", "spaq", "--json", ...tinyNr);
    expect(summary(stdout)).toMatchObject({ dataset: "SPAQ", part: "the test part of split 1", mode: "nr" });
    expect(summary(stdout).results[0].pictures).toBe(1);
    expect(jsonLines(file("bpclip-eval-spaq.jsonl"))[0]).toMatchObject({ shortSide: 448 });
  });

  test("KonIQ-10k's official test part", () => {
    const { stdout } = at.run("eval", "koniq10k", "--official", "--json", ...tinyNr);
    expect(summary(stdout)).toMatchObject({ part: "the official test part" });
    expect(summary(stdout).results[0].pictures).toBe(2);
  });

  test("FLIVE's official test part", () => {
    const { stdout } = at.run("eval", "flive", "--official", "--list", ...tinyNr);
    expect(stdout).toContain("would judge the official test part: 1 pictures");
  });

  test("several models, each in the mode that it has", () => {
    const models = ["--model", "nr.safetensors", "--model", "fr.safetensors", ...onCpu];
    const { stdout } = at.run(
      "eval",
      "kadid10k",
      "--split",
      "all",
      "--json",
      ...models,
      "--log",
      "two.jsonl",
    );
    expect(summary(stdout).results.map(({ name }) => name)).toEqual(["tiny-nr", "tiny-fr"]);
    expect(at.run("eval", "kadid10k", ...models).stderr).toContain("[USAGE]");
  });
});

describe("several splits", () => {
  interface Spread {
    mean: number;
    deviation: number;
    median: number;
    values: number[];
  }
  interface Splits {
    part: string;
    splits: number;
    pictures: number;
    results: ({ name: string; failed: number } & Record<string, Spread>)[];
  }
  const args = ["eval", "kadid10k", "--log", "splits.jsonl"];
  const srccOfSeed = (seed: number, ...model: string[]) => {
    const { stdout } = at.run(...args, "--seed", String(seed), "--json", ...model);
    return summary(stdout).results[0].srcc.value;
  };

  test("have the mean of what each has alone, and their pictures are judged once", () => {
    const { status, stdout } = at.run(...args, "--splits", "3", "--json", ...tinyFr);
    expect(status).toBe(0);
    const found = jsonLines(stdout)[0] as unknown as Splits;
    expect(found).toMatchObject({ part: "the test parts of splits 1 to 3", splits: 3 });
    const logged = jsonLines(file("splits.jsonl"));
    expect(logged).toHaveLength(found.pictures);
    expect(new Set(logged.map(({ image }) => image)).size).toBe(found.pictures);
    const { srcc } = found.results[0];
    expect(srcc.values).toEqual([1, 2, 3].map((seed) => srccOfSeed(seed, ...tinyFr)));
    expect(srcc.mean).toBeCloseTo((srcc.values[0] + srcc.values[1] + srcc.values[2]) / 3, 12);
    expect(jsonLines(file("splits.jsonl"))).toHaveLength(found.pictures);
  });

  test("may each have a model of its own", () => {
    for (const split of [1, 2]) at.write({ [`own/${split}.safetensors`]: seededFr(split) });
    const own = ["--model", "own/{split}.safetensors", ...onCpu];
    const { stdout } = at.run(...args, "--splits", "2", "--json", ...own);
    const { srcc } = (jsonLines(stdout)[0] as unknown as Splits).results[0];
    const alone = (seed: number) => srccOfSeed(seed, "--model", `own/${seed}.safetensors`, ...onCpu);
    expect(srcc.values).toEqual([alone(1), alone(2)]);
  });

  test("are told in a table, beside the paper", () => {
    const { stdout } = at.run(...args, "--splits", "2", ...tinyFr);
    expect(stdout).toMatch(/^tiny-fr {2}2 splits; FR, checkpoint/);
    expect(stdout).toMatch(/SRCC +[−\d.]+ ± [\d.]+ {2}median [−\d.]+\n/);
    expect(stdout).toContain("BPCLIP  as the paper reports it");
    expect(stdout).toMatch(/PLCC +0\.964\n/);
  });

  test("are listed", () => {
    const { stdout } = at.run(...args, "--splits", "2", "--list", ...tinyFr);
    expect(stdout).toContain("would judge the test parts of splits 1 to 2: ");
    expect(stdout).toContain("by tiny-fr: 0 to judge");
  });
});

test.each([
  [["eval", "kadid10k", "--splits", "1"], "--splits cannot be"],
  [["eval", "kadid10k", "--splits", "3", "--seed", "1"], "exclude each other"],
  [["eval", "kadid10k", "--splits", "3", "--official"], "exclude each other"],
  [["eval", "kadid10k", "--splits", "3", "--split", "all"], "exclude each other"],
  [["eval", "kadid10k", "--splits", "3", "--report", "splits.html"], "exclude each other"],
  [["eval"], "wants one data set"],
  [["eval", "kadid10k", "--report", "page.pdf"], ".html"],
  [["eval", "kadid10k", "--range", "1,5"], "--range is for tables"],
  [["eval", "custom/ratings.csv", "--range", "5"], "--range cannot be"],
  [["eval", "koniq10k", "--official", "--seed", "2"], "exclude each other"],
  [["eval", "spaq", "--mode", "fr"], "has no references"],
  [["eval", "spaq", "--split", "some"], "--split cannot be"],
])("%j is wrong usage", (args, words) => {
  const { status, stderr } = at.run(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});

test("a model of the other mode is refused", () => {
  const { status, stderr } = at.run("eval", "spaq", ...tinyFr);
  expect(status).toBe(1);
  expect(stderr).toContain("[INPUT_MODE]");
});
