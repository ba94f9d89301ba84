/** `bpclip bench kernel`: every way of computing one convolution, compared. */
import { type Geometry, squareConvolution } from "../kernels/implicit-gemm.js";
import { shapeKey, variantName } from "../kernels/variant.js";
import { requestNodeAdapter } from "../node/adapter.js";
import { nodePlatform } from "../node/platform.js";
import { requestDevice } from "../runtime/device.js";
import { type Contestant, clockNames, clockOf, flopOf, race, type TuningClock } from "../tuning/race.js";
import { aligned } from "./columns.js";
import { type Command, commonOptions, readInteger, UsageError } from "./command.js";
import { printJson } from "./json.js";
import { Progress } from "./progress.js";
import { styleFor } from "./style.js";

const { json, debug, help, version } = commonOptions;
const options = {
  adapter: { type: "string", choices: ["auto", "hardware", "software"] },
  shape: { type: "string", multiple: true },
  stride: { type: "string" },
  rounds: { type: "string" },
  ...{ json, debug, help, version },
} as const;

/** Sides of the kernels, by the names of the command. */
const kernels: Record<string, number> = { conv1x1: 1, conv3x3: 3, conv7x7: 7 };

/** How near to the best a default is good enough. */
const near = 0.85;

export const bench: Command<typeof options> = {
  summary: "every way of computing a convolution, compared",
  help: `\
Usage: bpclip bench kernel <conv1x1|conv3x3|conv7x7> --shape <HxWxCxO> [options]

Computes a convolution of a map of H×W places and C channels to O channels, with a bias and
a ReLU, in every way that the kernels know: by a method (implicitGemm, splitK, winograd2,
winograd4) and a tile (direct from storage or tiled through workgroup memory, by an
invocation's pixels × the workgroup's invocations over channels × over pixels). Each result
is compared with the CPU's, and then all run in turns. Told is of each its median time, its
rate, what share that is of the best one's, and the middle half of the ratios of its time
to the default's in the same round: below 1 is faster. Rates are effective ones: Winograd's
methods need fewer operations than are counted. On a software adapter times are CPU time,
of all its threads. Believe what two calls agree on.

Options:
  --shape <HxWxCxO>     may be given several times
  --stride <n>          1 by default
  --rounds <n>          turns of each; 9 by default
  --adapter <kind>      auto: the best WebGPU adapter (default); hardware or software: only
                        such an adapter
  --json                one JSON object a shape
  --debug               print stack traces with errors
  -h, --help            this text
  -V, --version         the version

Examples:
  bpclip bench kernel conv3x3 --shape 56x56x64x64
  bpclip bench kernel conv1x1 --shape 56x56x64x256 --shape 7x7x512x2048 --rounds 30
  bpclip bench kernel conv7x7 --shape 224x224x3x64 --stride 2 --adapter software --json

Exit status: 0 when all results were right, 1 when one was not or there is no adapter, 2
for wrong usage.
`,
  options,

  async run(values, operands) {
    const [what, kernel, ...rest] = operands;
    if (what !== "kernel" || !Object.hasOwn(kernels, kernel ?? "") || rest.length > 0) {
      throw new UsageError(
        "bench wants a kernel, one of conv1x1, conv3x3 and conv7x7.",
        "For example: bpclip bench kernel conv3x3 --shape 56x56x64x64",
      );
    }
    const stride = readInteger("stride", values.stride ?? "1", 1, 16);
    const geometries = (values.shape ?? []).map((text) => readShape(text, kernels[kernel], stride));
    if (geometries.length === 0) {
      throw new UsageError("bench wants a shape.", "Give one with --shape, such as --shape 56x56x64x64.");
    }
    const rounds = readInteger("rounds", values.rounds ?? "9", 3, 1000);

    const device = await requestDevice(await requestNodeAdapter(values.adapter ?? "auto"));
    try {
      const { cpuTime } = nodePlatform;
      const clock = clockOf(device, cpuTime);
      const progress = new Progress(geometries.length);
      const races: Race[] = [];
      for (const geometry of geometries) {
        progress.draw(races.length, shapeKey(geometry));
        const contestants = await race(geometry, device, { rounds, oracle: "cpu", cpuTime });
        progress.clear();
        races.push({ geometry, contestants });
        if (values.json) printJson(recordOf(races[races.length - 1], device.adapter, clock));
        else printRace(races[races.length - 1]);
      }
      if (!values.json) printVerdict(races, device.adapter, clock);
      return races.some(({ contestants }) => contestants.some(({ isWrong }) => isWrong)) ? 1 : 0;
    } finally {
      device.dispose();
    }
  },
};

/** A convolution, and how all ways of computing it did. */
export interface Race {
  geometry: Geometry;
  contestants: readonly Contestant[];
}

/** @throws UsageError unless it is four sizes with an x between them. */
function readShape(text: string, kernel: number, stride: number): Geometry {
  const sizes = /^\d+(x\d+){3}$/.test(text) ? text.split("x").map(Number) : [];
  const [height, width, channels, outChannels] = sizes;
  if (sizes.length === 4 && sizes.every((size) => size >= 1 && size <= 16384)) {
    return squareConvolution({ height, width, channels, outChannels, kernel, stride });
  }
  throw new UsageError(
    `--shape cannot be "${text}".`,
    "Give height, width, channels and output channels with an x between them, such as 56x56x64x64.",
  );
}

/** A table, the fastest first. */
export function printRace({ geometry, contestants }: Race): void {
  const { bold } = styleFor(process.stdout);
  const best = bestOf(contestants);
  const rows = [...contestants]
    .sort((a, b) => (a.ms ?? Number.POSITIVE_INFINITY) - (b.ms ?? Number.POSITIVE_INFINITY))
    .map(({ shaders, variant, isDefault, error, isWrong, ms, ratios }) => [
      // Where there is one way only, the method and the tile say nothing.
      (contestants.length === 1 ? shaders.join(", ") : variantName(variant)) +
        (isDefault ? " (default)" : ""),
      isWrong ? `${error.toExponential(1)} WRONG` : error.toExponential(1),
      ms?.toFixed(3) ?? "–",
      ms === null ? "–" : (flopOf(geometry) / ms / 1e6).toFixed(2),
      ms === null ? "–" : `${((100 * best) / ms).toFixed(0)} %`,
      ratios ? ratios.map((ratio) => ratio.toFixed(2)).join(" ") : "–",
    ]);
  const heading = ["", "error", "ms", "GFLOP/s", "of best", "to default, middle half"];
  const [first, ...lines] = aligned([heading, ...rows]);
  process.stdout.write(`${bold(shapeKey(geometry))}\n${first}\n${lines.join("\n")}\n\n`);
}

/** On how many shapes the default is near the best, and where it is farthest from it. */
export function printVerdict(races: readonly Race[], adapter: string, clock: TuningClock): void {
  const shares = races.flatMap(({ geometry, contestants }) => {
    const { ms } = contestants.find(({ isDefault }) => isDefault)!;
    return ms === null ? [] : [{ shape: shapeKey(geometry), share: bestOf(contestants) / ms }];
  });
  const reached = shares.filter(({ share }) => share >= near).length;
  const least = shares.reduce((least, other) => (other.share < least.share ? other : least), {
    shape: "",
    share: Number.POSITIVE_INFINITY,
  });
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const where = shares.length > 1 ? `; the least is ${percent(least.share)}, of ${least.shape}` : "";
  process.stdout.write(
    `The default reaches ${percent(near)} of the best on ${reached} of ${races.length} shapes${where}.\n` +
      `${clockNames[clock]}, on ${adapter}\n`,
  );
}

function recordOf({ geometry, contestants }: Race, adapter: string, clock: TuningClock) {
  const flop = flopOf(geometry);
  const best = bestOf(contestants);
  const variants = contestants.map(({ variant, ms, ratios, ...rest }) => ({
    variant: variantName(variant),
    ...rest,
    ms,
    flopPerSecond: ms === null ? null : (1000 * flop) / ms,
    ofBest: ms === null ? null : best / ms,
    ratios,
  }));
  return { shape: shapeKey(geometry), adapter, clock, flop, variants };
}

/** Milliseconds of the fastest. */
function bestOf(contestants: readonly Contestant[]): number {
  return Math.min(...contestants.flatMap(({ ms }) => ms ?? []));
}
