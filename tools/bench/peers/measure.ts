/** One network on one platform: its engines side by side, each in a process of its own, taking turns. */
import { Child } from "./child.js";
import type { EngineSpec, Platform } from "./engines.js";
import type { Network } from "./network.js";
import type { NetworkResults, Run, Start } from "./results.js";

/** What two engines may differ by before their times are not compared. */
const tolerance = 1e-3;

export interface Plan {
  /** How often the processes are started. */
  starts: number;
  /** Rounds wanted in all; those that are in the results already count. */
  rounds: number;
  /** No round begins after so many of rounds; what starts take is not counted. */
  minutes: number;
}

interface Contestant {
  spec: EngineSpec;
  child: Child;
  start: Start;
}

/**
 * Adds starts and rounds to the results.
 * @param keep Called after each round, and at the end.
 * @param tell Called with what is worth reading meanwhile.
 */
export async function measure(
  network: Network,
  platform: Platform,
  engines: readonly EngineSpec[],
  plan: Plan,
  results: NetworkResults,
  keep: (adapter: string) => void,
  tell: (line: string) => void,
): Promise<void> {
  let left = 60_000 * plan.minutes;
  const perStart = Math.ceil(plan.rounds / plan.starts);
  while (results.rounds.length < plan.rounds && left > 0) {
    const contestants: Contestant[] = [];
    let first: First | undefined;
    try {
      for (const spec of engines) {
        if (spec.id in results.failures) continue;
        const child = new Child(spec.command(network, platform));
        try {
          const { start, ...own } = await enter(child, first?.output);
          if (spec.isOurs) first = own;
          results.differences[spec.id] = own.difference;
          results.starts[spec.id] = [...(results.starts[spec.id] ?? []), start];
          contestants.push({ spec, child, start });
          tell(`${spec.id}: ${own.output[0].toFixed(5)}, differs by ${own.difference.toExponential(1)}`);
        } catch (error) {
          await child.close();
          if (spec.isOurs) throw error;
          results.failures[spec.id] = (error as Error).message.slice(0, 300);
          tell(`${spec.id} takes no part: ${(error as Error).message}`);
        }
      }
      for (let i = 0; i < perStart && results.rounds.length < plan.rounds && left > 0; i++) {
        const started = Date.now();
        results.rounds.push(await round(contestants, results.rounds.length));
        left -= Date.now() - started;
        keep(first!.adapter);
        tell(`round ${results.rounds.length} of ${plan.rounds}`);
      }
      for (const { child, start } of contestants) {
        const { rssGrowth, gpuBytes } = await child.stats();
        Object.assign(start, { rssGrowth, gpuBytes });
      }
      keep(first!.adapter);
    } finally {
      for (const { child } of contestants) await child.close();
    }
  }
}

/** What a process gave when it was started. */
interface First {
  adapter: string;
  output: number[];
  difference: number;
}

/**
 * Starts an engine and runs it once.
 * @param expected Ours; undefined for ours.
 * @throws Error where it fails, or gives something else.
 */
async function enter(
  child: Child,
  expected: readonly number[] | undefined,
): Promise<First & { start: Start }> {
  const { load, compile, adapter } = await child.load();
  const { ms, output } = await child.run();
  const difference = differenceOf(output, expected ?? output);
  if (!(difference <= tolerance)) throw new Error(`its output differs by ${difference.toExponential(1)}`);
  const { cpu } = await child.stats();
  const start = { load, compile, first: ms, cpu, rssGrowth: null, gpuBytes: null };
  return { adapter, output, difference, start };
}

/** Every engine once; who begins changes from round to round. */
async function round(contestants: readonly Contestant[], turn: number): Promise<Record<string, Run>> {
  const runs: Record<string, Run> = {};
  for (let i = 0; i < contestants.length; i++) {
    const { spec, child } = contestants[(turn + i) % contestants.length];
    const { ms, cpu } = await child.run();
    runs[spec.id] = { ms, cpu };
  }
  return runs;
}

/** Of a score, |a − b|; of features, the largest of these as a share of the largest feature. */
function differenceOf(output: readonly number[], expected: readonly number[]): number {
  if (output.length !== expected.length) return Number.POSITIVE_INFINITY;
  const peak = expected.length > 1 ? Math.max(...expected.map(Math.abs)) : 1;
  return Math.max(...output.map((value, i) => Math.abs(value - expected[i]))) / peak;
}
