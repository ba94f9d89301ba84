/** The same pictures have the same scores in every runtime, on every adapter, as on the CPU in Node. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shippedCheckpoints } from "../../src/api/load.js";
import { findChromium, launchChromium } from "../support/chromium.js";
import { denoArguments, findDeno } from "../support/deno-pool.js";
import { serve } from "../support/server.js";
import { unpackSwiftShader } from "../support/swiftshader.js";
import { makePairs } from "./pictures.js";
import { type Executor, type Scores, writePairs } from "./scores.js";

/** f32 sums in other orders, through a whole network; 1e-3 is the requirement. */
const tolerance = 1e-3;

const folder = mkdtempSync(join(tmpdir(), "bpclip-agreement-"));
const pairsFile = join(folder, "pairs.json");
const script = fileURLToPath(new URL("process.ts", import.meta.url));
const swiftShader = unpackSwiftShader();
const deno = findDeno();
const chromium = findChromium();

let expected: Scores;
const rows: string[] = [];

beforeAll(async () => {
  const pairs = await makePairs();
  expect(pairs).toHaveLength(20);
  writeFileSync(pairsFile, writePairs(pairs));
  expected = await inNode("cpu");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  console.log(
    [`${"Largest difference from the CPU in Node".padEnd(50)}       NR       FR`, ...rows].join("\n"),
  );
});

const runtimes: [name: string, missing: string | false, score: () => Promise<Scores>][] = [
  ["Node, the system's adapter", false, () => inNode("gpu")],
  [
    "Node, SwiftShader",
    !swiftShader && "no SwiftShader for this system",
    () => inNode("gpu", swiftShader as Record<string, string> | undefined),
  ],
  ["Deno", !deno && "Deno is not installed", () => inDeno("gpu")],
  ["Deno, the CPU", !deno && "Deno is not installed", () => inDeno("cpu")],
  ["Chromium", !chromium && "there is no Chromium", () => inChromium("gpu")],
  ["Chromium, the CPU", !chromium && "there is no Chromium", () => inChromium("cpu")],
];

for (const [name, missing, score] of runtimes) {
  test.skipIf(missing)(missing ? `${name}: ${missing}` : name, async ({ skip }) => {
    const { executor, adapter, nr, fr } = await score();
    if (!name.endsWith("CPU")) skip(executor === "cpu", "there is no adapter");
    const differences = [largest(nr, expected.nr), largest(fr, expected.fr)];
    rows.push(
      [
        `${name} (${adapter.split(/ \(|:/)[0]})`.padEnd(50),
        ...differences.map((d) => d.toExponential(1).padStart(9)),
      ].join(""),
    );
    for (const difference of differences) expect(difference).toBeLessThanOrEqual(tolerance);
  });
}

/** NaN is as far off as can be. */
function largest(actual: readonly number[], wanted: readonly number[]): number {
  expect(actual).toHaveLength(wanted.length);
  return Math.max(
    ...wanted.map((value, i) => Math.abs(actual[i] - value)).map((d) => (Number.isNaN(d) ? Infinity : d)),
  );
}

function inNode(executor: Executor, env: Record<string, string> = {}): Promise<Scores> {
  return run(process.execPath, ["--import", "tsx", script, executor, pairsFile], env);
}

function inDeno(executor: Executor): Promise<Scores> {
  return run(deno!, [...denoArguments, script, executor, pairsFile]);
}

async function run(program: string, args: string[], env: Record<string, string> = {}): Promise<Scores> {
  const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...env } });
  // Drivers print warnings of their own before it.
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{"executor"')));
}

async function inChromium(executor: Executor): Promise<Scores> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("page.ts", import.meta.url))],
    bundle: true,
    format: "esm",
    write: false,
  });
  const server = await serve({
    "/index.html": '<!doctype html><script type="module" src="page.js"></script>',
    "/page.js": outputFiles[0].text,
    "/pairs.json": readFileSync(pairsFile),
    "/nr.safetensors": readFileSync(shippedCheckpoints.nr),
    "/fr.safetensors": readFileSync(shippedCheckpoints.fr),
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await page.evaluate((executor) => globalThis.scores(executor), executor);
  } finally {
    await browser.close();
    await server.close();
  }
}
