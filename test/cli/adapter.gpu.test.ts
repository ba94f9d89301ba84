/** The command on the adapter under test; skipped where the machine has none. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { testedOps } from "../../src/api/self-test.js";
import { describeGpu } from "../support/gpu.js";
import { checkpoints, jsonLines, png, tinyFr, tinyNr, Workplace } from "./run.js";

describeGpu("on an adapter", () => {
  const at = new Workplace();
  beforeAll(() => at.write({ ...checkpoints, "a.png": png(70, 50, 1), "b.png": png(70, 50, 2) }));
  afterAll(() => at.remove());

  const onGpu = (mode: string) => ["--json", "--model", `${mode}.safetensors`];
  // f32 sums in another order, through a whole network.
  const digits = 4;

  test("scores as the CPU does, and ends by itself", () => {
    const [cpu] = jsonLines(at.run("score", "a.png", "--json", ...tinyNr).stdout);
    const { status, stdout } = at.run("score", "a.png", ...onGpu("nr"));
    const [gpu] = jsonLines(stdout);
    expect(gpu.executor).toBe("webgpu");
    expect(gpu.score).toBeCloseTo(cpu.score as number, digits);
    expect(status).toBe(0);
  });

  test("compares as the CPU does, and ends by itself", () => {
    const [cpu] = jsonLines(at.run("compare", "a.png", "b.png", "--json", ...tinyFr).stdout);
    const { status, stdout } = at.run("compare", "a.png", "b.png", ...onGpu("fr"));
    const [gpu] = jsonLines(stdout);
    expect(gpu.executor).toBe("webgpu");
    expect(gpu.score).toBeCloseTo(cpu.score as number, digits);
    expect(status).toBe(0);
  });

  test("doctor finds every kernel right", () => {
    const { status, stdout } = at.run("doctor", ...onGpu("nr"));
    const [{ selfTest, healthy, limits }] = jsonLines(stdout);
    const results = selfTest as { op: string; passed: boolean }[];
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.map(({ op }) => op)).toEqual(testedOps);
    expect(limits).toHaveProperty("maxStorageBufferBindingSize");
    expect(healthy).toBe(true);
    expect(status).toBe(0);
  });
});
