/**
 * Where a cold start goes: from the beginning of a process to its first score, beside the scores that follow.
 *
 *     npm run build && npx tsx tools/bench/cold-start.ts [--adapter system|swiftshader] [--mode nr|fr]
 *       [--size 512x384] [--rounds 3] [--runs 5] [--before DIST] [--empty-cache]
 *
 * Mesa keeps compiled shaders; with --empty-cache every process starts as on a machine that has never run bpclip.
 * SwiftShader keeps none. With --before, another build takes turns with this one. Medians over rounds are told, in ms
 * since the process began, and the CPU time of all threads, which is what to compare on a machine that is not idle.
 * Spans overlap, so they do not add up.
 *
 * Measured on two cores that had much else to do, bpclip-s at 512×384: CPU time until the first score is there, of the
 * whole process, in that of a score that follows; before and after weights were packed beside the compiler and Dawn
 * ceased to zero workgroup memory by Vulkan's extension (src/node/adapter.ts).
 *
 *                                   NR                                  FR
 *     SwiftShader 5.0               13.4 s, 2.1 → 10.2 s, 1.7 scores    14.5 s, 1.6 → 10.7 s, 1.5 scores
 *     llvmpipe, Mesa 25.0, cached   2.1 s, 2.1 → 2.0 s, 1.8 scores      2.7 s, 1.6 → 2.3 s, 1.6 scores
 *     llvmpipe, empty cache         38.5 s, some 37 scores (before), 29 s of it for 17 pipelines of conv2d_direct
 *
 * Of SwiftShader's first 13.4 s, compiling took 4.9 s, 1.8 s of them for attention alone; side by side its pipelines
 * took as long as one after the other. llvmpipe compiles at a pipeline's first dispatch, on one thread. Everything else
 * that prepares a score takes some 0.3 s: 0.1 s to import and to read the file, 0.1 to 0.2 s to convert, fold and pack
 * its weights.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { padEnd } from "../../src/cli/style.js";
import { quantile } from "../../src/metrics/statistics.js";
import { unpackSwiftShader } from "../../test/support/swiftshader.js";

interface Time {
  ms: number;
  cpu: number;
}

/** What cold-start-process.mjs tells of a process. */
interface Start {
  adapter: string;
  /** `busy` is what the main thread spent, where that is known. */
  spans: Record<string, { begin: number; end: number; busy?: number }>;
  cold: Time;
  steady: Time[];
}

const { values } = parseArgs({
  options: {
    adapter: { type: "string", default: "system" },
    mode: { type: "string", default: "nr" },
    size: { type: "string", default: "512x384" },
    rounds: { type: "string", default: "3" },
    runs: { type: "string", default: "5" },
    before: { type: "string" },
    "empty-cache": { type: "boolean", default: false },
  },
});

const child = fileURLToPath(new URL("cold-start-process.mjs", import.meta.url));
const builds = { ...(values.before && { before: values.before }), now: "dist" };
const driver = values.adapter === "swiftshader" ? swiftShader() : {};
const starts = new Map<string, Start[]>();

for (let round = 0; round < Number(values.rounds); round++) {
  for (const [build, dist] of Object.entries(builds)) {
    starts.set(build, [...(starts.get(build) ?? []), await start(dist)]);
  }
}
for (const [build, of] of starts) print(build, of);

/** What a process gets to find SwiftShader; a driver's path counts only when it starts. */
function swiftShader(): Record<string, string> {
  const env = unpackSwiftShader();
  if (!env)
    throw new Error("SwiftShader comes with the dev dependency @sparticuz/chromium, on Linux on x64.");
  return env;
}

async function start(dist: string): Promise<Start> {
  const args = [child, dist, values.mode, values.size, values.runs];
  const cache = values["empty-cache"] && mkdtempSync(join(tmpdir(), "bpclip-shaders-"));
  const env = { ...process.env, ...driver, ...(cache && { MESA_SHADER_CACHE_DIR: cache }) };
  try {
    return JSON.parse((await promisify(execFile)(process.execPath, args, { env })).stdout);
  } finally {
    if (cache) rmSync(cache, { recursive: true });
  }
}

function print(build: string, of: Start[]): void {
  const median = (pick: (start: Start) => number) => quantile(of.map(pick), 0.5);
  console.log(`\n${build}: bpclip-s ${values.mode}, ${values.size}, ${of[0].adapter}`);
  const rows = Object.keys(of[0].spans).map((name) => {
    const [begin, end] = [median(({ spans }) => spans[name].begin), median(({ spans }) => spans[name].end)];
    const { busy } = of[0].spans[name];
    return [
      name,
      begin.toFixed(),
      end.toFixed(),
      busy === undefined ? "" : median(({ spans }) => spans[name].busy!).toFixed(),
    ];
  });
  printTable([["", "begins", "ends", "busy"], ...rows]);
  for (const [unit, what] of [
    ["ms", "ms"],
    ["cpu", "ms of CPU time"],
  ] as const) {
    const steadyOf = ({ steady }: Start) =>
      quantile(
        steady.map((run) => run[unit]),
        0.5,
      );
    const [cold, steady] = [median((start) => start.cold[unit]), median(steadyOf)];
    const ratio = median((start) => start.cold[unit] / steadyOf(start));
    const bound = 3 * steady + 1000;
    console.log(
      `cold ${cold.toFixed()}, steady ${steady.toFixed()} ${what}: ${ratio.toFixed(2)} times; ` +
        `${cold <= bound ? "within" : "above"} three times and a second, ${bound.toFixed()}`,
    );
  }
}

function printTable(rows: string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    const cells = row.map((cell, i) => (i === 0 ? padEnd(cell, widths[i]) : cell.padStart(widths[i])));
    console.log(cells.join("  "));
  }
}
