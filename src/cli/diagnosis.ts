/** What doctor found, for people. */
import type { SelfTestResult } from "../api/self-test.js";
import type { Diagnosis, FoundAdapter, FoundCheckpoint, FoundPackage } from "./doctor.js";
import { printable, type Style, styleFor } from "./style.js";

export function printDiagnosis(found: Diagnosis): void {
  const style = styleFor(process.stdout);
  const { webgpu, sharp } = found.packages;
  const sections: Record<string, [name: string, value: string][]> = {
    System: [
      ["bpclip", found.version],
      ["Node", `${found.node} on ${found.platform}`],
    ],
    Packages: [
      ["webgpu", describePackage(webgpu)],
      ["sharp", `${describePackage(sharp)} (optional: WebP, AVIF, TIFF and other formats)`],
    ],
    "Adapters, by --adapter": Object.entries(found.adapters).map(([mode, adapter]) => [
      mode,
      describeAdapter(adapter),
    ]),
    Executor: [["would run", found.executor ?? style.red("nothing: there is no such adapter")]],
    Limits: Object.entries(found.limits ?? {}).map(([name, value]) => [name, describeLimit(name, value)]),
    Features: Object.entries(found.features ?? {}).map(([name, has]) => [name, has ? "yes" : "no"]),
    Checkpoints: found.checkpoints.map((checkpoint) => [
      "problem" in checkpoint ? checkpoint.file : checkpoint.name,
      describeCheckpoint(checkpoint, style),
    ]),
    "Self-test: each kernel against the CPU": found.selfTest.map((result) => [
      result.op,
      describeTest(result, style),
    ]),
  };
  for (const [title, rows] of Object.entries(sections)) {
    if (rows.length > 0) printSection(style.bold(title), rows);
  }
  if (found.executor === "cpu") print("No self-test: on the CPU there is nothing to compare with.\n");
  if (found.advice.length > 0) print(style.bold("What to do"));
  for (const advice of found.advice) print(`  ${printable(advice)}`);
  if (found.advice.length > 0) print("");
  print(
    found.healthy
      ? style.green("bpclip works here.")
      : style.red("bpclip does not work here as it should; see above."),
  );
}

function printSection(title: string, rows: [name: string, value: string][]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  print(title);
  for (const [name, value] of rows) print(`  ${printable(name).padEnd(width)}  ${value}`);
  print("");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function describePackage(found: FoundPackage): string {
  return found.loads ? "loads" : found.problem;
}

function describeAdapter(found: FoundAdapter): string {
  if ("problem" in found) return found.problem;
  return `${printable(found.name)}${found.software ? " (software)" : ""}`;
}

function describeLimit(name: string, value: number): string {
  if (!/(Size|BindingSize)$/.test(name)) return String(value);
  return value >= 2 ** 20 ? `${Math.floor(value / 2 ** 20)} MiB` : `${value / 1024} KiB`;
}

function describeCheckpoint(found: FoundCheckpoint, style: Style): string {
  if ("problem" in found) return style.red(found.problem);
  return `${found.mode}, ${(found.bytes / 1e6).toFixed(1)} MB, sha256 ${found.sha256}`;
}

function describeTest({ cases, error, tolerance, passed, problem }: SelfTestResult, style: Style): string {
  const count = `${cases} ${cases === 1 ? "case" : "cases"}`;
  const measured = problem
    ? printable(problem)
    : `largest error ${error.toExponential(1)}, allowed ${tolerance.toExponential(0)}`;
  return `${passed ? style.green("ok    ") : style.red("FAILED")}  ${count.padEnd(7)}  ${measured}`;
}
