/** The tuner: measures which way of computing each convolution of a network is the fastest on a device. */
import { InputError } from "../errors.js";
import { quote } from "../json.js";
import { isSoftware } from "../kernels/kernel.js";
import { tiles, type Variant, variantName } from "../kernels/variant.js";
import type { GpuDevice } from "../runtime/device.js";
import type { CountedConvolution } from "./convolutions.js";
import { type Contestant, flopOf, race } from "./race.js";
import { type TuningTable, tuningVersion } from "./table.js";

/** What the tuner is to do, beside what it is to measure. */
export interface TunerOptions {
  /** How often every candidate is timed, after a time that is not counted: 3 to 1000, by default 9. */
  rounds?: number;
  /** Called before each convolution, and at the end. */
  onProgress?: (progress: TuningProgress) => void;
  /** Ends the tuning, and nothing is kept; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** How far the tuner has come. */
export interface TuningProgress {
  /** Convolutions done. */
  done: number;
  /** All convolutions. */
  total: number;
  /** The shape of the one that is next; empty at the end. */
  shape: string;
  /** Seconds that the rest will take if it goes on like this; null before anything is done. */
  secondsLeft: number | null;
}

/** What was found of one convolution. */
export interface TunedConvolution {
  /** As the table has it: "56x56x64x64 k3x3 s1 p1". */
  shape: string;
  /** How often the networks compute it, on pictures of the given sizes. */
  count: number;
  /** Floating-point operations of one, a multiply-add as two. */
  flop: number;
  /** What was planned before: a method and a tile. */
  before: string;
  /** Its milliseconds; on a software adapter in Node of CPU time, of all threads. */
  msBefore: number;
  /** What is the fastest: the same as before, unless another one was faster in three rounds of four, twice. */
  after: string;
  /** Its milliseconds: those of before, by the median of the ratios of each round. */
  msAfter: number;
  /** Candidates whose results were wrong, and which are not used. */
  wrong: string[];
}

/** Slower than this many times the fastest, after two rounds, and a candidate need not go on. */
const outAt = 1.5;

/** @throws InputError (INPUT_ROUNDS) unless this is an integer in 3..1000. */
export function requireRounds(rounds: unknown): asserts rounds is number {
  if (Number.isInteger(rounds) && (rounds as number) >= 3 && (rounds as number) <= 1000) return;
  throw new InputError(
    "INPUT_ROUNDS",
    `Convolutions cannot be timed in ${quote(rounds)} rounds.`,
    "Give an integer in 3..1000; the more, the surer the result.",
  );
}

/**
 * Races the candidates of every convolution; one that beats the default has to beat it twice.
 * @param convolutions By `shapeKey`.
 * @param cpuTime The clock for software adapters, if there is one.
 * @throws InputError (INPUT_ROUNDS), DeviceError, LimitError.
 */
export async function tune(
  convolutions: ReadonlyMap<string, CountedConvolution>,
  device: GpuDevice,
  { rounds = 9, onProgress, signal }: TunerOptions = {},
  cpuTime?: () => number,
): Promise<TunedConvolution[]> {
  requireRounds(rounds);
  const options = { rounds, oracle: "default", outAt, cpuTime, signal } as const;
  const found: TunedConvolution[] = [];
  const started = performance.now();
  const report = (shape: string) => {
    const [done, total] = [found.length, convolutions.size];
    const seconds = (performance.now() - started) / 1000;
    const secondsLeft = done === 0 ? null : (seconds / done) * (total - done);
    onProgress?.({ done, total, shape, secondsLeft });
  };
  for (const [shape, { geometry, count }] of convolutions) {
    report(shape);
    const first = judge(await race(geometry, device, { ...options, among: worthTrying(device) }));
    const among = (variant: Variant) => variantName(variant) === first.after;
    const isChanged = first.after !== first.before;
    const last = isChanged ? judge(await race(geometry, device, { ...options, among })) : first;
    found.push({ shape, count, flop: flopOf(geometry), ...last, wrong: first.wrong });
  }
  report("");
  return found;
}

/** The table of what was found. */
export function tableOf(adapter: string, found: readonly TunedConvolution[]): TuningTable {
  const convolutions = Object.fromEntries(found.map(({ shape, after }) => [shape, after]));
  return { version: tuningVersion, adapter, convolutions };
}

/** On software adapters workgroup memory only costs; there, trying it would take most of the time. */
function worthTrying({ capabilities }: GpuDevice): (variant: Variant) => boolean {
  return ({ tile }) => !isSoftware(capabilities) || tiles[tile].form !== "tiled";
}

/** The fastest of those that were faster than the default in three rounds of four, else the default. */
export function judge(
  contestants: readonly Contestant[],
): Pick<TunedConvolution, "before" | "msBefore" | "after" | "msAfter" | "wrong"> {
  const standard = contestants.find(({ isDefault }) => isDefault)!;
  const msBefore = standard.ms ?? 0;
  const best = contestants
    .flatMap(({ variant, ratios }) => (ratios && ratios[2] < 1 ? [{ variant, ratio: ratios[1] }] : []))
    .reduce((best, other) => (other.ratio < best.ratio ? other : best), {
      variant: standard.variant,
      ratio: 1,
    });
  return {
    before: variantName(standard.variant),
    msBefore,
    after: variantName(best.variant),
    msAfter: msBefore * best.ratio,
    wrong: contestants.filter(({ isWrong }) => isWrong).map(({ variant }) => variantName(variant)),
  };
}
