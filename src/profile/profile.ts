/** The profile of a model on a picture: which step takes how long, what it does in that time, and what would be possible. */
import { InputError } from "../errors.js";
import { quote } from "../json.js";
import { groupBy, mean, quantile } from "../metrics/statistics.js";
import { type Work, workOfStep } from "./flops.js";
import type { Clock, Peaks, ProgramTimings, StepTimings } from "./timings.js";

/** How fast something ran. All are null where the clock saw no time pass. */
export interface Rates {
  /** Floating-point operations a second. */
  flopPerSecond: number | null;
  /** Bytes read and written a second. */
  bytesPerSecond: number | null;
  /**
   * The time that its work takes at the peaks, the longer of computing and moving, over the time that it took: 1 on the
   * roofline. Above 1 where caches serve more than a copy through memory can.
   */
  efficiency: number | null;
}

/** One dispatch of a kernel; on the CPU one op. */
export interface ProfiledStep extends Work, Rates {
  /** The op's name in the graph, after what is fused into it: "tap.layer3.0.relu2". */
  label: string;
  /** The part of the network that it belongs to; see `layerOf`. */
  layer: string;
  /** The op that it computes, or is a part of. */
  op: string;
  /** The shader's name (`shaders/<kernel>.wgsl`); on the CPU the op's. */
  kernel: string;
  /** What is done to a product before it is written: "bias", "residual", an activation's name, "gate". */
  fused: string[];
  /** The shader's override constants, such as its tile. Empty on the CPU. */
  variant: Readonly<Record<string, number>>;
  /** Over x, y and z; null on the CPU. */
  workgroups: readonly [number, number, number] | null;
  /** Shape of the op's result. */
  shape: readonly number[];
  /** Milliseconds; the typical one of the runs. */
  ms: number;
}

/** Steps taken together; times and work are sums. */
export interface ProfiledGroup extends Work, Rates {
  /** Of the part of the network, or of the kernel. */
  name: string;
  /** How many steps it has. */
  steps: number;
  /** Milliseconds; the sum of its steps' typical ones. */
  ms: number;
}

/** What was profiled. */
export interface ProfileSubject {
  /** The picture's score in the run whose steps were timed. */
  score: number;
  /** Width of the picture as it came, upright, in pixels. */
  width: number;
  /** Height of the picture as it came, upright, in pixels. */
  height: number;
  /** No-reference or full-reference. */
  mode: "nr" | "fr";
  /** The model's name. */
  model: string;
  /** The first 12 hex digits of the checkpoint file's SHA-256. */
  checkpoint: string;
  /** How the picture was brought to the model's scale. */
  policy: string;
  /** What ran the network. */
  executor: "webgpu" | "cpu";
  /** The name of the adapter that it ran on. */
  adapter: string;
  /** What a caller should know of the picture, such as a colour profile that was not applied. */
  warnings: string[];
}

/** Where the time of a model on a picture goes. */
export interface Profile extends ProfileSubject {
  /** How often everything was timed, after a run that is not counted. */
  runs: number;
  /** How steps were timed; not all clocks see the same. */
  clock: Clock;
  /**
   * A time is the median of its runs. Below so many milliseconds it is their mean: a clock that advances in coarse steps
   * would have one of its first few for a median. 0 where the clock is fine enough.
   */
  meanBelow: number;
  /** What the machine reaches at best, measured at this call. */
  peaks: Peaks;
  /** Every step, in the order in which they run; with a reference that is not kept, its features' first. */
  steps: ProfiledStep[];
  /** The same by part of the network, in the order in which they begin. */
  layers: ProfiledGroup[];
  /** The same by kernel, the slowest first. */
  kernels: ProfiledGroup[];
  /** All steps together: each was timed alone, so on a GPU this is more than a run takes. */
  total: ProfiledGroup;
  /**
   * Milliseconds of all steps in one pass, as `score` and `compare` run them, by the same clock. What `total.ms` is
   * more than this is the price of a pass and of a barrier to each step.
   */
  onePassMs: number;
  /** Wall milliseconds of the same, from the pixels in memory to the score in memory. */
  wallMs: number;
}

/** Clocks that advance in larger steps than this, in milliseconds, are coarse. */
const fineStep = 0.001;

/** A median of fewer steps of a coarse clock than this is none. */
const enoughSteps = 10;

/** More would only take longer. */
export const maxRuns = 1000;

/** @throws InputError (INPUT_RUNS) unless this is an integer in 1..1000. */
export function requireRuns(runs: unknown): asserts runs is number {
  if (Number.isInteger(runs) && (runs as number) >= 1 && (runs as number) <= maxRuns) return;
  throw new InputError(
    "INPUT_RUNS",
    `A profile cannot be of ${quote(runs)} runs.`,
    `Give an integer in 1..${maxRuns}; the more, the steadier the times.`,
  );
}

/** @param programs What was run one after the other, by one clock, equally often. */
export function profileOf(
  programs: readonly ProgramTimings[],
  peaks: Peaks,
  subject: ProfileSubject,
): Profile {
  const clock = {
    kind: programs[0].clock.kind,
    resolution: Math.max(...programs.map(({ clock }) => clock.resolution)),
  };
  const isCoarse = clock.kind !== "submit" && clock.resolution > fineStep;
  const meanBelow = isCoarse ? enoughSteps * clock.resolution : 0;
  const typical = (ms: readonly number[]) => {
    const median = quantile(ms, 0.5);
    return median < meanBelow ? mean(ms) : median;
  };
  const sum = (of: (program: ProgramTimings) => number) =>
    programs.reduce((total, program) => total + of(program), 0);

  const steps = programs.flatMap(({ steps }) => steps.map((step) => profiledStep(step, typical, peaks)));
  const grouped = (keyOf: (step: ProfiledStep) => string) =>
    [...groupBy(steps, keyOf)].map(([name, members]) => together(name, members, peaks));
  return {
    ...subject,
    runs: programs[0].wall.length,
    clock,
    meanBelow,
    peaks,
    steps,
    layers: grouped(({ layer }) => layer),
    kernels: grouped(({ kernel }) => kernel).sort((a, b) => b.ms - a.ms),
    total: together("total", steps, peaks),
    onePassMs: sum(({ onePass }) => typical(onePass)),
    wallMs: sum(({ wall }) => quantile(wall, 0.5)),
  };
}

/**
 * The part of the network that an op belongs to, by its name. Backbones are told by level, "tap.1" … "tap.5" for the
 * picture and "reference.1" … for its reference; poolings by level, too; all else by the first part of its name.
 */
export function layerOf(label: string): string {
  const [first, second = ""] = label.split(".");
  const stage = /^layer(\d)$/.exec(second);
  if (stage) return `${first}.${Number(stage[1]) + 1}`;
  if (second === "stem") return `${first}.1`;
  if (label.endsWith(".projections")) return "projections";
  if (first === "pooled") return `pooling.${second}`;
  return /^(tap|reference|pooling)$/.test(first) ? `${first}.${second}` : first;
}

function profiledStep(
  step: StepTimings,
  typical: (ms: readonly number[]) => number,
  peaks: Peaks,
): ProfiledStep {
  const { node, kernel, variant, workgroups, ms: runs } = step;
  const work = workOfStep(step);
  const ms = typical(runs);
  const { name: label, shape } = node.output;
  return {
    label,
    layer: layerOf(label),
    op: node.op,
    kernel,
    fused: fusedInto(step),
    variant,
    workgroups,
    shape,
    ...work,
    ms,
    ...ratesOf([{ ...work, ms }], peaks),
  };
}

/** Of several dispatches the last one finishes the product. */
function fusedInto({ node, part, parts }: StepTimings): string[] {
  if ((node.op !== "conv2d" && node.op !== "linear") || part !== parts - 1) return [];
  const { bias, residual } = node.inputs;
  const { activation } = node.attributes;
  const gate = node.op === "conv2d" && node.inputs.gate;
  return [
    ...(bias ? ["bias"] : []),
    ...(residual ? ["residual"] : []),
    ...(activation === "none" ? [] : [activation]),
    ...(gate ? ["gate"] : []),
  ];
}

function together(name: string, members: readonly ProfiledStep[], peaks: Peaks): ProfiledGroup {
  const sum = (of: (step: ProfiledStep) => number) => members.reduce((total, step) => total + of(step), 0);
  return {
    name,
    steps: members.length,
    flop: sum(({ flop }) => flop),
    bytesRead: sum(({ bytesRead }) => bytesRead),
    bytesWritten: sum(({ bytesWritten }) => bytesWritten),
    ms: sum(({ ms }) => ms),
    ...ratesOf(members, peaks),
  };
}

/** Of several steps, the times at the peaks add up: one may be bound by arithmetic and the next by memory. */
function ratesOf(members: readonly (Work & { ms: number })[], peaks: Peaks): Rates {
  let [flop, bytes, seconds, atPeak] = [0, 0, 0, 0];
  for (const step of members) {
    const moved = step.bytesRead + step.bytesWritten;
    flop += step.flop;
    bytes += moved;
    seconds += step.ms / 1000;
    atPeak += Math.max(step.flop / peaks.flopPerSecond, moved / peaks.bytesPerSecond);
  }
  if (seconds === 0) return { flopPerSecond: null, bytesPerSecond: null, efficiency: null };
  return { flopPerSecond: flop / seconds, bytesPerSecond: bytes / seconds, efficiency: atPeak / seconds };
}
