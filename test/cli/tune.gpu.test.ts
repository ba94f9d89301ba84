/** `bpclip tune` and `bpclip bench` on the adapter under test; skipped where the machine has none. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tuning } from "../../src/tuning/tune-model.js";
import { describeLong } from "../support/gpu.js";
import { checkpoints, jsonLines, png, Workplace } from "./run.js";

describeLong("on an adapter, where it does not take too long", () => {
  const at = new Workplace();
  const model = ["--model", "nr.safetensors"];
  const own = { ...process.env };
  /** The user's caches stay as they are, on every system; but not without Mesa's, which would compile for minutes. */
  const elsewhere = {
    ...{ XDG_CACHE_HOME: at.folder, HOME: at.folder, LOCALAPPDATA: at.folder },
    MESA_SHADER_CACHE_DIR: own.MESA_SHADER_CACHE_DIR ?? own.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  };
  beforeAll(() => {
    at.write({ ...checkpoints, "a.png": png(50, 40) });
    Object.assign(process.env, elsewhere);
  });
  afterAll(() => {
    for (const name of Object.keys(elsewhere)) {
      if (own[name] === undefined) delete process.env[name];
      else process.env[name] = own[name];
    }
    at.remove();
  });

  /** Where the command says that it has kept the table. */
  let file: string;

  test("measures, tells what was gained, keeps it, and ends by itself", () => {
    const { status, stdout, stderr } = at.run("tune", "--size", "50x40", "--rounds", "3", ...model);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\d+ of \d+ convolutions are computed otherwise now/);
    [, file] = /^bpclip: (.*\.json): the tuning table/m.exec(stderr) ?? [];
    expect(file).toContain(at.folder);
    const table = JSON.parse(readFileSync(file, "utf8"));
    expect(Object.keys(table.convolutions).length).toBeGreaterThan(5);
  });

  test("a damaged table changes nothing but for a notice, and is kept when the next is made", () => {
    const notice = /^bpclip: the tuning table kept for .* is not used/m;
    const score = () => at.run("score", "a.png", "--json", ...model);
    const tuned = score();
    expect(tuned.status).toBe(0);
    expect(tuned.stderr).not.toMatch(notice);
    writeFileSync(file, "{}");
    const damaged = score();
    expect(damaged.status).toBe(0);
    expect(damaged.stderr).toMatch(notice);
    expect(jsonLines(damaged.stdout)[0].score).toBeCloseTo(jsonLines(tuned.stdout)[0].score as number, 4);

    const { status, stdout, stderr } = at.run("tune", "--size", "96x64", "--rounds", "3", "--json", ...model);
    expect(status, stderr).toBe(0);
    const [found] = jsonLines(stdout) as unknown as Tuning[];
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(found.table);
    for (const { shape, after } of found.convolutions) expect(found.table.convolutions[shape]).toBe(after);
    expect(["gpu", "cpu"]).toContain(found.clock);
    const files = readdirSync(join(file, ".."));
    expect(files.filter((name) => name.endsWith("-refused.json"))).toHaveLength(1);
    expect(score().stderr).not.toMatch(notice);
  });

  test("compares every variant of a kernel, and says how near the best the default is", () => {
    const { status, stdout, stderr } = at.run(
      ...["bench", "kernel", "conv3x3", "--shape", "9x7x8x12", "--shape", "5x5x4x6", "--rounds", "3"],
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^7x9x8x12 k3x3 s1 p1$/m);
    expect(stdout).toMatch(/^(implicitGemm|winograd4) \w+ \(default\) /m);
    expect(stdout).toMatch(/^winograd2 direct4 /m);
    expect(stdout).toMatch(/^conv2d_scalar \(default\) /m);
    expect(stdout).toMatch(/The default reaches 85 % of the best on [12] of 2 shapes/);
  });

  test("the same as JSON, a shape a line", () => {
    const { status, stdout, stderr } = at.run(
      ...["bench", "kernel", "conv1x1", "--shape", "9x7x8x12", "--stride", "2", "--rounds", "3", "--json"],
    );
    expect(status, stderr).toBe(0);
    const [found] = jsonLines(stdout);
    expect(found).toMatchObject({ shape: "7x9x8x12 k1x1 s2 p0", flop: 2 * 20 * 8 * 12 });
    const variants = found.variants as { isDefault: boolean; error: number; ofBest: number }[];
    expect(variants.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    expect(Math.max(...variants.map(({ ofBest }) => ofBest))).toBe(1);
    for (const { error } of variants) expect(error).toBeLessThan(1e-5);
  });
});
