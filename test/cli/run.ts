/** Runs the built command, and makes the files that it is run on. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodePng } from "../image/files.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { seededPicture } from "../support/seeded.js";

export const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A folder of its own, in which commands are run. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "bpclip-cli-"));

  /** Writes files by their path in the folder. */
  write(files: Record<string, Uint8Array | string>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), content);
    }
  }

  /** Runs `bpclip` to its end. */
  run(...args: string[]): Run {
    // A command that does not end by itself is killed, and its status is then null.
    const options = { cwd: this.folder, encoding: "utf8", timeout: 240_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A PNG of blotches and grain. */
export function png(
  width: number,
  height: number,
  seed = 1,
  chunks: [string, Uint8Array][] = [],
): Uint8Array {
  const samples = seededPicture(height, width, seed);
  return encodePng({ width, height, depth: 8, colorType: 2, samples, chunks });
}

/** Tiny networks, so that the CPU runs them at once. */
export const checkpoints = {
  "nr.safetensors": seededCheckpoint(smallConfig({ name: "tiny-nr" })),
  "fr.safetensors": seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" })),
};

export const onCpu = ["--adapter", "cpu"];
export const tinyNr = ["--model", "nr.safetensors", ...onCpu];
export const tinyFr = ["--model", "fr.safetensors", ...onCpu];

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Rows of fields, by RFC 4180. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows[rows.length - 1].push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== ",") rows.push([]);
  }
  return rows.slice(0, -1);
}
