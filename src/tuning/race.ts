/** Times the ways of computing one convolution against each other, after each was checked. */
import type { Program } from "../graph/executor.js";
import { type Geometry, pixelsOf } from "../kernels/implicit-gemm.js";
import { isSoftware } from "../kernels/kernel.js";
import type { Variant } from "../kernels/variant.js";
import { quantile } from "../metrics/statistics.js";
import { CpuExecutor } from "../reference/executor.js";
import type { GpuDevice } from "../runtime/device.js";
import { GpuExecutor } from "../runtime/executor.js";
import { candidatesOf, graphOf, randomParameters, repeatedGraphOf } from "./convolutions.js";

export interface RaceOptions {
  /** In each of them all candidates run once, one after the other. */
  rounds: number;
  /** What results are compared with: the CPU's, or the default's, which takes less long. */
  oracle: "cpu" | "default";
  /** Which candidates run beside the default; all by default. */
  among?: (variant: Variant) => boolean;
  /** Candidates that take so many times as long as the fastest in the first two rounds are out; none by default. */
  outAt?: number;
  /** Milliseconds of CPU time that this process has used: what a software adapter is best timed by. */
  cpuTime?: () => number;
  /** Ends the race; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The middle half of a candidate's times, each over the default's of the same round; below 1 is faster. */
export type Ratios = [low: number, median: number, high: number];

/** How a candidate did. */
export interface Contestant {
  variant: Variant;
  shaders: string[];
  isDefault: boolean;
  /** The largest |result − expected| as a fraction of the largest |expected|. */
  error: number;
  /** Whether that is more than rounding can make. */
  isWrong: boolean;
  /** Milliseconds of one convolution, the median of the rounds; null where it was out, or wrong. */
  ms: number | null;
  ratios: Ratios | null;
}

/**
 * Results may differ by this much. Winograd's F(4×4, 3×3), the least exact, errs by a few 1e-6 over 512 channels; what a
 * driver computes wrongly is far off.
 */
const tolerance = 1e-4;

/** A turn is to take at least so long: convolutions are repeated until it does, up to so many times. */
const turn = { ms: 20, times: 256 };

/**
 * Times every candidate, in turns, so that what disturbs the machine disturbs all of them alike. On a GPU by the clock
 * of `Program.profile`; on a software adapter by CPU time if there is such a clock, else by wall time.
 * @throws DeviceError, LimitError.
 */
export async function race(
  geometry: Geometry,
  device: GpuDevice,
  { rounds, oracle, among = () => true, outAt = Number.POSITIVE_INFINITY, cpuTime, signal }: RaceOptions,
): Promise<Contestant[]> {
  const graph = graphOf(geometry);
  const candidates = candidatesOf(geometry, device.capabilities)
    .filter(({ variant, isDefault }) => isDefault || among(variant))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  const read = randomParameters();
  const executor = new GpuExecutor(device, read);
  const programs: Program[] = [];
  const prepare = async (variant: Variant, repeated?: number) => {
    signal?.throwIfAborted();
    const made = repeated === undefined ? graph : repeatedGraphOf(geometry, repeated);
    const program = await prepareBy(variant, () => executor.prepare(made), device);
    programs.push(program);
    return program;
  };
  try {
    let expected: Float32Array | undefined;
    if (oracle === "cpu") {
      expected = (await (await new CpuExecutor(read).prepare(graph)).run({})).output;
    }
    let times = 1;
    const entrants = [];
    for (const { variant, ...candidate } of candidates) {
      const check = await prepare(variant);
      const { output } = await check.run({});
      expected ??= output;
      const error = largestError(output, expected);
      const isWrong = !(error <= tolerance);
      if (candidate.isDefault) times = await repetitions((count) => prepare(variant, count));
      const program = isWrong ? undefined : await prepare(variant, times);
      entrants.push({
        variant,
        ...candidate,
        error,
        isWrong,
        program,
        isOut: isWrong,
        spent: [] as number[],
      });
    }

    const time = timerFor(device, cpuTime);
    // The first round is not counted: a driver may put off work until then.
    for (let round = 0; round <= rounds; round++) {
      for (let i = 0; i < entrants.length; i++) {
        const entrant = entrants[(round + i) % entrants.length];
        if (!entrant.program || entrant.isOut) continue;
        signal?.throwIfAborted();
        const ms = await time(entrant.program);
        if (round > 0) entrant.spent.push(ms / times);
      }
      if (round !== 2) continue;
      const limit = outAt * Math.min(...entrants.flatMap(({ spent }) => spent));
      for (const entrant of entrants) {
        entrant.isOut ||= !entrant.isDefault && Math.min(...entrant.spent) > limit;
      }
    }

    const standard = entrants.find(({ isDefault }) => isDefault)!;
    return entrants.map(({ program: _, isOut, spent, ...entrant }) => ({
      ...entrant,
      ms: isOut ? null : quantile(spent, 0.5),
      ratios: isOut || standard.isOut ? null : ratiosOf(spent, standard.spent),
    }));
  } finally {
    for (const program of programs) program.dispose();
    executor.dispose();
  }
}

/** Floating-point operations of a convolution, a multiply-add as two, by whatever method. */
export function flopOf(geometry: Geometry): number {
  const { channels, outChannels, kernelHeight, kernelWidth } = geometry;
  return 2 * pixelsOf(geometry) * outChannels * channels * kernelHeight * kernelWidth;
}

/** Planners look at what a device can do, and at nothing else. */
async function prepareBy(variant: Variant, prepare: () => Promise<Program>, { capabilities }: GpuDevice) {
  const own = capabilities.convolution;
  capabilities.convolution = variant;
  // All planning is done before the first await.
  const prepared = prepare();
  capabilities.convolution = own;
  return prepared;
}

/** How many convolutions are a turn; told by as many that what else a submit takes matters little. */
async function repetitions(prepare: (count: number) => Promise<Program>): Promise<number> {
  for (let count = 1; ; count *= 4) {
    const program = await prepare(count);
    await program.run({});
    const started = performance.now();
    await program.run({});
    const ms = performance.now() - started;
    if (ms > turn.ms / 4 || count >= turn.times)
      return Math.min(Math.ceil((count * turn.ms) / ms), turn.times);
  }
}

/** What candidates are timed by: a GPU's own clock, CPU time of all threads, or wall time. */
export type TuningClock = "gpu" | "cpu" | "wall";

/** What its times are called. */
export const clockNames: Readonly<Record<TuningClock, string>> = {
  gpu: "the GPU's time",
  cpu: "CPU time of all threads",
  wall: "wall time",
};

export function clockOf({ capabilities }: GpuDevice, cpuTime?: () => number): TuningClock {
  if (!isSoftware(capabilities)) return "gpu";
  return cpuTime ? "cpu" : "wall";
}

function timerFor(device: GpuDevice, cpuTime?: () => number): (program: Program) => Promise<number> {
  if (clockOf(device) === "gpu") return async (program) => (await program.profile({}, 1)).onePass[0];
  const clock = cpuTime ?? (() => performance.now());
  return async (program) => {
    const started = clock();
    await program.run({});
    return clock() - started;
  };
}

/** Infinite where a result is not a number. */
function largestError(actual: Float32Array, expected: Float32Array): number {
  let [peak, worst] = [0, 0];
  for (const [i, value] of expected.entries()) {
    peak = Math.max(peak, Math.abs(value));
    const error = Math.abs(actual[i] - value);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst === 0 ? 0 : worst / peak;
}

function ratiosOf(values: readonly number[], standard: readonly number[]): Ratios {
  const each = values.map((value, round) => value / standard[round]);
  return [quantile(each, 0.25), quantile(each, 0.5), quantile(each, 0.75)];
}
