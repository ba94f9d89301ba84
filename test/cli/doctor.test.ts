import { afterAll, beforeAll, expect, test } from "vitest";
import { checkpoints, jsonLines, onCpu, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
beforeAll(() => at.write({ ...checkpoints, "bad.safetensors": "" }));
afterAll(() => at.remove());

test("on the CPU it says that there is nothing to compare with", () => {
  const { status, stdout } = at.run("doctor", ...tinyNr);
  expect(stdout).toContain("on the CPU there is nothing to compare with");
  expect(stdout).toMatch(/tiny-nr +nr, \d+\.\d MB, sha256 [0-9a-f]{64}\n/);
  expect(stdout).toContain("bpclip works here.");
  expect(status).toBe(0);
});

test("--json", () => {
  const { status, stdout } = at.run("doctor", "--json", ...tinyNr);
  const [report] = jsonLines(stdout);
  expect(report).toMatchObject({
    node: process.version,
    executor: "cpu",
    checkpoints: [{ name: "tiny-nr", mode: "nr", bytes: checkpoints["nr.safetensors"].length }],
    selfTest: [],
    healthy: true,
  });
  expect(Object.keys(report.adapters as object)).toEqual(["auto", "hardware", "software"]);
  expect(status).toBe(0);
});

test("without a checkpoint named, it looks at the shipped ones and their text tower", () => {
  const [report] = jsonLines(at.run("doctor", "--json", ...onCpu).stdout);
  expect(report.checkpoints).toMatchObject([
    { name: "bpclip-s-nr", mode: "nr" },
    { name: "bpclip-s-fr", mode: "fr" },
    { name: "bpclip-s-text", mode: "text", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
});

test("a bad checkpoint is not well", () => {
  const { status, stdout } = at.run("doctor", "--json", "--model", "bad.safetensors", ...onCpu);
  const [{ healthy, advice }] = jsonLines(stdout);
  expect(healthy).toBe(false);
  expect(advice).toEqual([expect.stringContaining("bad.safetensors")]);
  expect(status).toBe(1);
});
