/** What was measured, as it is kept in tools/bench/results: raw times, from which only ratios are told. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const resultsFolder = fileURLToPath(new URL("../results", import.meta.url));

/** All of one platform. */
export interface PlatformResults {
  /** lavapipe, swiftshader, chromium-swiftshader, or system. */
  platform: string;
  /** As its driver names it. */
  adapter: string;
  /** Logical cores of the machine. */
  cores: number;
  /** The last measurement's, YYYY-MM-DD. */
  date: string;
  /** Of what took part, by name. */
  versions: Record<string, string>;
  networks: NetworkResults[];
}

export interface NetworkResults {
  /** Such as "ResNet50 224×224". */
  network: string;
  /** How far an engine's output is from ours: scores absolutely, features as a share of the largest. */
  differences: Record<string, number>;
  /** Why an engine did not take part. */
  failures: Record<string, string>;
  /** Each start of each engine's process. */
  starts: Record<string, Start[]>;
  /** In each of them every engine runs once, one after the other. */
  rounds: Record<string, Run>[];
}

/** Milliseconds, and of the whole start those of the CPU. */
export interface Start {
  load: number;
  compile: number;
  first: number;
  cpu: number;
  /** Bytes after the rounds that followed. */
  rssGrowth: number | null;
  gpuBytes: number | null;
}

/** Milliseconds. */
export interface Run {
  ms: number;
  cpu: number;
}

export function readResults(platform: string): PlatformResults | undefined {
  const path = pathOf(platform);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/** Of every platform that there are results of, by name. */
export function allResults(): PlatformResults[] {
  const names = existsSync(resultsFolder) ? readdirSync(resultsFolder) : [];
  const platforms = names.filter((name) => name.endsWith(".json")).map((name) => name.replace(".json", ""));
  return platforms.sort().map((platform) => readResults(platform)!);
}

/** Replaces the file in one step, so that a killed run loses no more than its last round. */
export function writeResults(results: PlatformResults): void {
  mkdirSync(resultsFolder, { recursive: true });
  const path = pathOf(results.platform);
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  writeFileSync(`${path}.part`, `${JSON.stringify(results, rounded, 2)}\n`);
  renameSync(`${path}.part`, path);
}

function pathOf(platform: string): string {
  return join(resultsFolder, `${platform}.json`);
}
