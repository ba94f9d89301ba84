/**
 * Writes src/tuning/shipped.ts: the winners of an adapter's family over the networks' own convolutions, measured here
 * against the rule of the planners, where that chooses another. Those of other families stay.
 *
 * A winner by another tile than the rule's needs one pipeline more, which takes llvmpipe 3 s of CPU time to compile (a
 * score of bpclip-s 1.4 s), so that such a one must save a hundredth of the time of its network's convolutions.
 *
 *     npm run tune:shipped -- [--adapter auto|hardware|software|swiftshader] [--rounds 9]
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { nodePlatform } from "../../src/node/platform.js";
import { type AdapterMode, requestDevice } from "../../src/runtime/device.js";
import { shippedTuning } from "../../src/tuning/shipped.js";
import type { TunedConvolution } from "../../src/tuning/tune.js";
import { tuneModel } from "../../src/tuning/tune-model.js";
import { networks } from "./networks.js";
import { restartOnSwiftShader } from "./swiftshader.js";

const { values } = parseArgs({
  options: { adapter: { type: "string", default: "auto" }, rounds: { type: "string", default: "9" } },
});
if (values.adapter === "swiftshader") restartOnSwiftShader();

const square = (side: number) => ({ width: side, height: side });
const sizes = {
  "bpclip-s": [{ width: 512, height: 384 }, square(512), { width: 768, height: 512 }, square(224)],
  paper: [square(224)],
};

const device = await requestDevice(await requestNodeAdapter(values.adapter as AdapterMode));
const { family } = device.capabilities;
const { cpuTime } = nodePlatform;
const winners: Record<string, string> = {};
for (const [name, configs] of Object.entries(networks())) {
  device.capabilities.tuning = undefined;
  const options = {
    sizes: sizes[name as keyof typeof sizes],
    rounds: Number(values.rounds),
    onProgress: ({
      done,
      total,
      shape,
      secondsLeft,
    }: {
      done: number;
      total: number;
      shape: string;
      secondsLeft: number | null;
    }) => console.log(`${name} ${done}/${total} ${shape} ${secondsLeft?.toFixed(0) ?? "?"} s left`),
  };
  const { convolutions } = await tuneModel(configs, device, options, { cpuTime });
  for (const { shape, count, before, msBefore, after, msAfter } of convolutions) {
    console.log(`${shape}  ${count}  ${before} ${msBefore.toFixed(2)} → ${after} ${msAfter.toFixed(2)}`);
  }
  const [before, after] = [total(convolutions, "msBefore"), total(convolutions, "msAfter")];
  console.log(
    `${name} on ${device.adapter}: ${convolutions.length} shapes, ${before.toFixed(0)} → ${after.toFixed(0)} ms`,
  );
  for (const one of convolutions) {
    const saved = total([one], "msBefore") - total([one], "msAfter");
    // What the rule chooses by itself need not be told.
    if (one.after === one.before) continue;
    if (tileOf(one.after) === tileOf(one.before) || saved >= 0.01 * before) winners[one.shape] = one.after;
  }
}

function total(convolutions: readonly TunedConvolution[], time: "msBefore" | "msAfter"): number {
  return convolutions.reduce((sum, one) => sum + one.count * one[time], 0);
}

/** Of "winograd4 direct8" the second word. */
function tileOf(variant: string): string {
  return variant.split(" ")[1];
}

const tables = Object.entries({ ...shippedTuning, [family]: winners }).map(([name, convolutions]) => {
  const lines = Object.entries(convolutions).map(([shape, variant]) => `    "${shape}": "${variant}",\n`);
  return `  ${name}: {\n${lines.join("")}  },\n`;
});
writeFileSync(
  fileURLToPath(new URL("../../src/tuning/shipped.ts", import.meta.url)),
  `/**
 * Winners measured here, by the adapter's family and \`shapeKey\`: those convolutions of bpclip-s and of BPCLIP at the
 * paper's size which the planners' rule does not compute in the fastest way, as far as that is worth it. Written by
 * \`npm run tune:shipped\`.
 */
export const shippedTuning: Record<string, Record<string, string>> = {
${tables.join("")}};
`,
);
device.dispose();
// Dawn's threads outlive a destroyed device.
process.exit(0);
