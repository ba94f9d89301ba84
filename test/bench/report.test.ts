/** The benchmark's page, written from result files. */
import { describe, expect, test } from "vitest";
import { report } from "../../tools/bench/peers/report.js";
import { networkResults, platformResults } from "./results.js";

const results = [platformResults("swiftshader", [networkResults("ResNet50 224×224")])];

describe("the benchmark's page", () => {
  test("has a row for each engine, and tells only ratios of times", () => {
    const page = report(results)["RESULTS.md"];
    expect(page).toContain(
      "| ResNet50 224×224 | ONNX Runtime, WebGPU | 6.0 [6.0, 6.0] | 4.0 [4.0, 4.0] | 3 | 2e-7 |",
    );
    expect(page).toContain("| ResNet50 224×224 | ONNX Runtime, CPU | 0.050 [0.050, 0.050] |");
    expect(page).toContain("met by the clock only");
    expect(page).toContain("SwiftShader Device; 2 cores");
    expect(page).not.toMatch(/\d ms\b/);
  });

  test("keeps our algorithms apart from other engines", () => {
    const [others, algorithms] = report(results)["RESULTS.md"].split("### Algorithms");
    expect(others).not.toContain("bpclip, implicit GEMM");
    expect(algorithms.split("###")[0]).toContain("| bpclip, implicit GEMM | 1.5 [1.5, 1.5] |");
  });

  test("says why an engine took no part", () => {
    const failed = networkResults("ResNet50 224×224");
    failed.failures["torch-cpu"] = "no torch";
    const page = report([platformResults("swiftshader", [failed])])["RESULTS.md"];
    expect(page).toContain("- ResNet50 224×224: PyTorch, CPU took no part: no torch");
  });

  test("shows every plot that it writes, and writes every plot that it shows", () => {
    const { "RESULTS.md": page, ...plots } = report(results);
    const shown = [...page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path);
    expect(Object.keys(plots).sort()).toEqual(shown.sort());
  });

  test("leaves out a network that was begun and not timed", () => {
    const begun = { ...networkResults("BPCLIP NR 224×224"), rounds: [], starts: {} };
    const page = report([platformResults("swiftshader", [networkResults("ResNet50 224×224"), begun])]);
    expect(page["RESULTS.md"]).not.toContain("| BPCLIP NR 224×224 | ONNX");
    expect(report([platformResults("swiftshader", [begun])])["RESULTS.md"]).not.toContain("## SwiftShader");
  });

  test("is the same whenever it is written", () => {
    expect(report(results)).toEqual(report(structuredClone(results)));
  });
});

describe("its plots", () => {
  const { "results/swiftshader-ratios.svg": ratios, "results/swiftshader-starts.svg": starts } =
    report(results);

  /** x of the discs, in the order of the rows. */
  const discs = [...ratios.matchAll(/<circle cx="([\d.]+)" cy="[\d.]+" r="5" fill="#/g)].map(([, x]) =>
    Number(x),
  );

  test("place slower engines further right, by logarithms", () => {
    const [webgpu, cpu, gemm] = discs;
    expect(cpu).toBeLessThan(gemm);
    expect(gemm).toBeLessThan(webgpu);
    const scale = (webgpu - gemm) / Math.log(6 / 1.5);
    expect((gemm - cpu) / Math.log(1.5 / 0.05)).toBeCloseTo(scale, 0);
  });

  test("stack a start of its phases", () => {
    const bars = [...starts.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(
      ([, x, width]) => [+x, +width],
    );
    expect(bars).toHaveLength(6);
    const [load, compile, first] = bars;
    // 0.5, 1 and 1.5 steady runs, to the rounding of coordinates.
    expect(compile[1] / load[1]).toBeCloseTo(2, 1);
    expect(first[0]).toBeCloseTo(load[0] + load[1] + compile[1], 0);
  });
});
