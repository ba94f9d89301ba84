/** From raw times to what is told: ratios of neighbouring runs, starts in steady runs, and which goals are met. */
import { quantile } from "../../../src/metrics/statistics.js";
import type { NetworkResults, PlatformResults, Run, Start } from "./results.js";

/** The engine that all others are told in. */
export const ours = "bpclip";

/** A median, and the middle half about it. */
export interface Spread {
  low: number;
  median: number;
  high: number;
}

/** How many times as long an engine takes as ours, by the clock and by the CPU; above 1, ours is faster. */
export interface Ratio {
  engine: string;
  rounds: number;
  time: Spread;
  cpu: Spread;
}

/** How long an engine takes until its first result, by median, in steady runs of ours. */
export interface StartSummary {
  engine: string;
  load: number;
  compile: number;
  first: number;
  /** All three. */
  total: number;
  /** CPU time of the whole start, in that of a steady run of ours. */
  cpu: number;
}

export interface Memory {
  engine: string;
  /** How much a process grew by, in that of ours; null where the system does not tell. */
  growth: number | null;
  /** Null where the library does not tell. */
  gpuBytes: number | null;
}

/** Of every engine that ran beside ours, in the order in which they ran. */
export function ratiosOf({ rounds }: NetworkResults): Ratio[] {
  const engines = [...new Set(rounds.flatMap(Object.keys))].filter((engine) => engine !== ours);
  return engines.map((engine) => {
    const shared = rounds.filter((round) => engine in round && ours in round);
    const each = (value: (run: Run) => number) =>
      spreadOf(shared.map((round) => value(round[engine]) / value(round[ours])));
    return { engine, rounds: shared.length, time: each(({ ms }) => ms), cpu: each(({ cpu }) => cpu) };
  });
}

/** Of every engine, in the order in which they were started. */
export function startsOf({ starts, rounds }: NetworkResults): StartSummary[] {
  const ran = rounds.filter((round) => ours in round).map((round) => round[ours]);
  const [steady, steadyCpu] = [median(ran.map(({ ms }) => ms)), median(ran.map(({ cpu }) => cpu))];
  return Object.entries(starts).map(([engine, all]) => {
    const of = (value: (start: Start) => number) => median(all.map(value)) / steady;
    return {
      engine,
      load: of(({ load }) => load),
      compile: of(({ compile }) => compile),
      first: of(({ first }) => first),
      total: of(totalOf),
      cpu: median(all.map(({ cpu }) => cpu)) / steadyCpu,
    };
  });
}

export function memoryOf({ starts }: NetworkResults): Memory[] {
  const growthOf = (all: Start[] = []) => {
    const known = all.flatMap(({ rssGrowth }) => rssGrowth ?? []);
    return known.length > 0 ? median(known) : null;
  };
  const own = growthOf(starts[ours]);
  return Object.entries(starts).map(([engine, all]) => {
    const growth = growthOf(all);
    const { gpuBytes } = all[all.length - 1];
    return { engine, growth: growth === null || own === null ? null : growth / own, gpuBytes };
  });
}

/** What was set out for, and what came of it. */
export interface Goal {
  network: string;
  where: string;
  what: string;
  /** Such as "≥ 5". */
  wanted: string;
  /** By the clock, and by the CPU; null where it was not measured. */
  time: number | null;
  cpu: number | null;
  /** By the one and by the other. */
  met: [time: boolean, cpu: boolean] | null;
}

/** How many times as long ONNX Runtime's WebGPU is to take as ours, by platform. */
const wantedAhead: Record<string, { engine: string; times: number; where: string }> = {
  lavapipe: { engine: "ort-webgpu", times: 1.5, where: "lavapipe, Node" },
  swiftshader: { engine: "ort-webgpu", times: 5, where: "SwiftShader, Node" },
  "chromium-swiftshader": { engine: "ort-web", times: 3, where: "SwiftShader, Chromium" },
};

const wantedNetworks = [
  "ResNet50 224×224",
  "BPCLIP NR 224×224",
  "BPCLIP FR 224×224",
  "BPCLIP NR 384×512",
  "BPCLIP FR 384×512",
];

const smallNetworks = ["bpclip-s NR 384×512", "bpclip-s FR 384×512"];
const wantedAheadSmall = 3;

/** A start is to take so many steady runs and so many milliseconds at most. */
const wantedStart = { steadyRuns: 3, ms: 1000 };

export function goalsOf(results: readonly PlatformResults[]): Goal[] {
  const find = (platform: string, network: string) =>
    results.find((of) => of.platform === platform)?.networks.find((of) => of.network === network);
  const ahead = (platform: string, network: string, times: number): Goal => {
    const { engine, where } = wantedAhead[platform];
    const entry = find(platform, network);
    const ratio = entry && ratiosOf(entry).find((of) => of.engine === engine);
    const goal = { network, where, what: "ONNX Runtime, WebGPU, in bpclip's time", wanted: `≥ ${times}` };
    if (!ratio) return { ...goal, time: null, cpu: null, met: null };
    const [time, cpu] = [ratio.time.median, ratio.cpu.median];
    return { ...goal, time, cpu, met: [time >= times, cpu >= times] };
  };
  const start = (network: string): Goal => {
    const { steadyRuns, ms } = wantedStart;
    const entry = find("swiftshader", network);
    const what = "start to first score, less 1 s, in steady runs";
    const goal = { network, where: wantedAhead.swiftshader.where, what, wanted: `≤ ${steadyRuns}` };
    if (!entry?.starts[ours]) return { ...goal, time: null, cpu: null, met: null };
    const runs = entry.rounds.map((round) => round[ours]);
    const over = (total: (start: Start) => number, steady: (run: Run) => number) =>
      (median(entry.starts[ours].map(total)) - ms) / median(runs.map(steady));
    const time = over(totalOf, (run) => run.ms);
    const cpu = over(
      (of) => of.cpu,
      (run) => run.cpu,
    );
    return { ...goal, time, cpu, met: [time <= steadyRuns, cpu <= steadyRuns] };
  };
  return [
    ...Object.entries(wantedAhead).flatMap(([platform, { times }]) =>
      wantedNetworks.map((network) => ahead(platform, network, times)),
    ),
    ...smallNetworks.map((network) => ahead("swiftshader", network, wantedAheadSmall)),
    ...smallNetworks.map(start),
  ];
}

function totalOf({ load, compile, first }: Start): number {
  return load + compile + first;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function spreadOf(values: readonly number[]): Spread {
  return { low: quantile(values, 0.25), median: median(values), high: quantile(values, 0.75) };
}
