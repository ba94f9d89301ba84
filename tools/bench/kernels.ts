/**
 * The kernel lab: every way of computing a convolution, checked against the CPU and timed against the default one.
 *
 *     npm run bench:kernels -- --shape 56x56x64x64 --kernel 3x3 [--stride 1] [--adapter …] [--rounds 15]
 *     npm run bench:kernels -- --backbone resnet50 --size 224x224
 *
 * A shape is height × width × channels × output channels. With --backbone (resnet50 or bpclip-s), every convolution
 * of that network on a picture of --size, once. Adapters are auto, hardware, software, and swiftshader: that of a dev
 * dependency, which the tests run on.
 *
 * Variants take turns, and only ratios of neighbouring runs are told (medians, and the middle half of them in brackets),
 * since a machine is never quite idle. Believe what two runs of this agree on.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { padEnd } from "../../src/cli/style.js";
import { GraphBuilder } from "../../src/graph/graph.js";
import type { BackboneConfig } from "../../src/model/config.js";
import { resnet } from "../../src/model/resnet.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { type AdapterMode, requestDevice } from "../../src/runtime/device.js";
import { unpackSwiftShader } from "../../test/support/swiftshader.js";
import { type Convolution, compareVariants, type Ratios } from "./lab.js";

const backbones: Record<string, BackboneConfig> = {
  resnet50: { stem: 64, width: 64, blocks: [3, 4, 6, 3] },
  "bpclip-s": { stem: 32, width: 16, blocks: [2, 3, 4, 3] },
};

const { values } = parseArgs({
  options: {
    shape: { type: "string" },
    kernel: { type: "string", default: "1x1" },
    stride: { type: "string", default: "1" },
    backbone: { type: "string" },
    size: { type: "string", default: "224x224" },
    adapter: { type: "string", default: "auto" },
    rounds: { type: "string", default: "15" },
  },
});

if (values.adapter === "swiftshader") runOnSwiftShader();

const device = await requestDevice(await requestNodeAdapter(values.adapter as AdapterMode));
console.log(device.adapter);
for (const convolution of convolutions()) {
  const { height, width, channels, outChannels, kernel, stride } = convolution;
  console.log(`\n${height}×${width}×${channels} → ${outChannels}, ${kernel}×${kernel}, stride ${stride}`);
  const results = await compareVariants(convolution, device, Number(values.rounds));
  const rows = results.map(({ method, isDefault, error, time, cpu }) => {
    return [method + (isDefault ? " (default)" : ""), error.toExponential(1), told(time), told(cpu)];
  });
  printTable([["", "error", "time", "CPU time"], ...rows]);
}
device.dispose();
// Dawn's threads outlive a destroyed device.
process.exit(0);

function convolutions(): Convolution[] {
  if (values.backbone) return convolutionsOf(backbones[values.backbone]);
  const [height, width, channels, outChannels] = sides(values.shape ?? "", 4, "--shape");
  const [kernel] = sides(values.kernel, 2, "--kernel");
  return [{ height, width, channels, outChannels, kernel, stride: Number(values.stride) }];
}

/** Those of the bottlenecks and of the stem, each shape once. */
function convolutionsOf(backbone: BackboneConfig): Convolution[] {
  const [height, width] = sides(values.size, 2, "--size");
  const g = new GraphBuilder();
  const { nodes } = g.build(resnet(g, g.input("x", [1, height, width, 3]), backbone, "x"));
  const all = nodes.flatMap((node) => {
    if (node.op !== "conv2d") return [];
    const [, height, width, channels] = node.inputs.x.shape;
    const [outChannels, , kernel] = node.inputs.weight.shape;
    return { height, width, channels, outChannels, kernel, stride: node.attributes.stride };
  });
  return [...new Map(all.map((convolution) => [JSON.stringify(convolution), convolution])).values()];
}

function sides(text: string, count: number, option: string): number[] {
  const numbers = text.split("x").map(Number);
  if (numbers.length !== count || !numbers.every((side) => Number.isInteger(side) && side > 0)) {
    throw new Error(`${option} wants ${count} sizes with an x between them.`);
  }
  return numbers;
}

function told([low, median, high]: Ratios): string {
  return `${median.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function printTable(rows: string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) console.log(row.map((cell, column) => padEnd(cell, widths[column])).join("  "));
}

/** Starts this again where Dawn finds SwiftShader: a driver's path counts only when a process starts. */
function runOnSwiftShader(): never {
  const env = unpackSwiftShader();
  if (!env)
    throw new Error("SwiftShader comes with the dev dependency @sparticuz/chromium, on Linux on x64.");
  const args = [...process.execArgv, ...process.argv.slice(1), "--adapter", "auto"];
  const { status } = spawnSync(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
