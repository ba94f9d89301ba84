/** `bpclip profile` on the adapter under test; skipped where the machine has none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Profile } from "../../src/profile/profile.js";
import { describeGpu } from "../support/gpu.js";
import { checkpoints, jsonLines, png, Workplace } from "./run.js";

describeGpu("on an adapter", () => {
  const at = new Workplace();
  beforeAll(() => at.write({ ...checkpoints, "a.png": png(50, 40) }));
  afterAll(() => at.remove());

  test("profiles every dispatch, writes what it is asked for, and ends by itself", () => {
    const files = ["--trace", "t.json", "--roofline", "r.svg"];
    const args = ["a.png", "--json", "--runs", "2", ...files, "--model", "nr.safetensors"];
    const { status, stdout } = at.run("profile", ...args);
    expect(status).toBe(0);
    const [found] = jsonLines(stdout) as unknown as Profile[];
    expect(found).toMatchObject({ executor: "webgpu", runs: 2 });
    expect(["timestamp-query", "submit"]).toContain(found.clock.kind);
    const [scored] = jsonLines(at.run("score", "a.png", "--json", "--model", "nr.safetensors").stdout);
    expect(found.score).toBeCloseTo(scored.score as number, 6);

    const { traceEvents } = JSON.parse(readFileSync(join(at.folder, "t.json"), "utf8"));
    const plot = readFileSync(join(at.folder, "r.svg"), "utf8");
    for (const { name } of found.kernels) expect(plot).toContain(`>${name}, `);
    for (const { label, workgroups } of found.steps) {
      expect(workgroups).toHaveLength(3);
      expect(traceEvents).toContainEqual(expect.objectContaining({ name: label, ph: "X" }));
    }
  });
});
