/**
 * The kernel lab over a network's own convolutions: every way of computing each, checked against the CPU, timed and
 * compared. `bpclip bench kernel` does the same for shapes of your own.
 *
 *     npm run bench:kernels -- [--network bpclip-s|paper] [--size 512x384] [--adapter …] [--rounds 15]
 *
 * Adapters are auto, hardware, software, and swiftshader: that of a dev dependency, which the tests run on.
 */
import { parseArgs } from "node:util";
import { printRace, printVerdict, type Race } from "../../src/cli/bench.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { nodePlatform } from "../../src/node/platform.js";
import { type AdapterMode, requestDevice } from "../../src/runtime/device.js";
import { type CountedConvolution, convolutionsOf } from "../../src/tuning/convolutions.js";
import { clockOf, race } from "../../src/tuning/race.js";
import { networks } from "./networks.js";
import { restartOnSwiftShader } from "./swiftshader.js";

const { values } = parseArgs({
  options: {
    network: { type: "string", default: "bpclip-s" },
    size: { type: "string", default: "512x384" },
    adapter: { type: "string", default: "auto" },
    rounds: { type: "string", default: "15" },
  },
});

if (values.adapter === "swiftshader") restartOnSwiftShader();

const configs = networks()[values.network as keyof ReturnType<typeof networks>];
const [width, height] = values.size.split("x").map(Number);
const device = await requestDevice(await requestNodeAdapter(values.adapter as AdapterMode));
const { cpuTime } = nodePlatform;
const convolutions = new Map<string, CountedConvolution>();
for (const config of configs) {
  for (const [shape, one] of convolutionsOf(config, { width, height }, device.capabilities)) {
    convolutions.set(shape, one);
  }
}
const races: Race[] = [];
for (const { geometry } of convolutions.values()) {
  const contestants = await race(geometry, device, { rounds: Number(values.rounds), oracle: "cpu", cpuTime });
  races.push({ geometry, contestants });
  printRace(races[races.length - 1]);
}
printVerdict(races, device.adapter, clockOf(device, cpuTime));
device.dispose();
// Dawn's threads outlive a destroyed device.
process.exit(0);
