/**
 * This package beside other runtimes: the same networks with the same weights on the same pictures, on the same
 * adapter, in the same run, taking turns.
 *
 *     npm run bench [-- --adapter lavapipe,swiftshader,chromium-swiftshader,system] [--size 224x224]
 *                   [--network resnet50,small,paper] [--rounds 5] [--minutes 15] [--starts 1]
 *                   [--python python3] [--again]
 *     npm run bench -- --report
 *
 * Results are added to tools/bench/results as they come, and a run goes on where one before it ended; --again
 * measures anew. --minutes is for the rounds of each network on each adapter, which are spread over so many --starts.
 * At the end, and alone with --report, tools/bench/RESULTS.md is written from them. ONNX Runtime is installed into
 * this folder if it is not there; the ONNX files are made by tools/train/export_onnx.py, for which the Python of
 * --python, of $PYTHON or python3 needs torch and onnx.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleEngines, enginesOn, openPlatform, type Platform, platformNames } from "./engines.js";
import { measure } from "./measure.js";
import type { Network } from "./network.js";
import { networks, titleOf } from "./networks.js";
import { report } from "./report.js";
import {
  allResults,
  type NetworkResults,
  type PlatformResults,
  readResults,
  writeResults,
} from "./results.js";

const folder = fileURLToPath(new URL(".", import.meta.url));

const { values } = parseArgs({
  options: {
    adapter: { type: "string", default: platformNames.join() },
    network: { type: "string", default: "resnet50,small,paper" },
    size: { type: "string" },
    rounds: { type: "string", default: "5" },
    minutes: { type: "string", default: "15" },
    starts: { type: "string", default: "1" },
    python: { type: "string", default: process.env.PYTHON ?? "python3" },
    again: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});

if (!values.report) await measureAll();
for (const [path, content] of Object.entries(report(allResults()))) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content);
}

async function measureAll(): Promise<void> {
  installPeers();
  await bundleEngines();
  const torch = torchVersion(values.python);
  if (!torch)
    console.log(`PyTorch takes no part: ${values.python} has no torch (choose one by --python or $PYTHON).`);
  const wanted = networks.filter(isWanted);
  for (const name of values.adapter.split(",")) {
    let platform: Platform;
    try {
      platform = openPlatform(name);
    } catch (error) {
      console.log(`\n${name} is left out: ${(error as Error).message}.`);
      continue;
    }
    const results = readResults(name) ?? emptyResults(name);
    for (const network of wanted) {
      try {
        await measureNetwork(network, platform, results, torch);
      } catch (error) {
        console.log(`${titleOf(network)} on ${name} failed: ${(error as Error).message}`);
      }
    }
  }
}

async function measureNetwork(
  network: Network,
  platform: Platform,
  results: PlatformResults,
  torch: string | undefined,
): Promise<void> {
  const title = titleOf(network);
  console.log(`\n${title} on ${platform.name}`);
  if (values.again) results.networks = results.networks.filter(({ network }) => network !== title);
  let entry = results.networks.find(({ network }) => network === title);
  if (!entry) {
    entry = {
      network: title,
      differences: {},
      failures: {},
      starts: {},
      rounds: [],
    } satisfies NetworkResults;
    results.networks.push(entry);
    const order = networks.map(titleOf);
    results.networks.sort((a, b) => order.indexOf(a.network) - order.indexOf(b.network));
  }
  const comparesAlgorithms = network.kind === "small-nr" || titleOf(network) === "ResNet50 224×224";
  const engines = enginesOn(platform, { python: torch && values.python }).filter(
    ({ isVariant }) => comparesAlgorithms || !isVariant,
  );
  const plan = {
    starts: Number(values.starts),
    rounds: Number(values.rounds),
    minutes: Number(values.minutes),
  };
  const keep = (adapter: string) => {
    Object.assign(results, { adapter, date: new Date().toISOString().slice(0, 10) });
    results.versions = { ...results.versions, ...versions(torch) };
    writeResults(results);
  };
  await measure(network, platform, engines, plan, entry, keep, (line) => console.log(`  ${line}`));
}

function emptyResults(platform: string): PlatformResults {
  return { platform, adapter: "", cores: availableParallelism(), date: "", versions: {}, networks: [] };
}

function isWanted({ kind, height, width }: Network): boolean {
  const isSize = !values.size || values.size === `${height}x${width}`;
  return isSize && values.network.split(",").some((name) => kind.startsWith(name));
}

/** Apart from the package's own dependencies, and without scripts: one of them would download kernels for CUDA. */
function installPeers(): void {
  if (existsSync(new URL("node_modules/onnxruntime-node", import.meta.url))) return;
  console.log("Installing ONNX Runtime into tools/bench/peers …");
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}

function torchVersion(python: string): string | undefined {
  const { status, stdout } = spawnSync(python, ["-c", "import torch; print(torch.__version__)"]);
  return status === 0 ? String(stdout).trim() : undefined;
}

function versions(torch: string | undefined): Record<string, string> {
  const versionOf = (name: string) => {
    const path = createRequire(import.meta.url)
      .resolve.paths(name)!
      .map((at) => `${at}/${name}/package.json`);
    return JSON.parse(readFileSync(path.find(existsSync)!, "utf8")).version as string;
  };
  return {
    Node: process.versions.node,
    webgpu: versionOf("webgpu"),
    "onnxruntime-node": versionOf("onnxruntime-node"),
    "onnxruntime-web": versionOf("onnxruntime-web"),
    ...(torch && { torch }),
  };
}
