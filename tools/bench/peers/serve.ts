/**
 * The side of the line protocol that an engine is on. A line on the standard input is a command, and each is answered
 * by one line of JSON on the standard output: "load", "run", "stats". The end of the input ends the process.
 */
import { createInterface } from "node:readline";
import type { Engine, Loaded, Ran, Stats, Usage } from "./engine.js";

/** @param startup Milliseconds that it took to come here, which count as loading. */
export async function serveEngine(engine: Engine, startup: number): Promise<void> {
  const usage = () => engine.usage?.() ?? Promise.resolve(processUsage());
  await engine.prepare?.();
  let before: number | null = null;

  const commands: Record<string, () => Promise<Loaded | Ran | Stats>> = {
    async load() {
      before = (await usage()).rss;
      const started = performance.now();
      const adapter = await engine.load();
      const loaded = performance.now();
      await engine.compile();
      return { adapter, load: startup + loaded - started, compile: performance.now() - loaded };
    },
    async run() {
      const { cpu } = await usage();
      const started = performance.now();
      const output = await engine.run();
      return { ms: performance.now() - started, cpu: (await usage()).cpu - cpu, output };
    },
    async stats() {
      const now = await usage();
      const rssGrowth = now.rss === null || before === null ? null : now.rss - before;
      return { ...now, rssGrowth, gpuBytes: engine.gpuBytes() };
    },
  };

  for await (const line of createInterface(process.stdin)) {
    const answer = await commands[line]().catch((error: Error) => ({ error: error.message }));
    console.log(JSON.stringify(answer));
  }
  await engine.close?.();
  // Dawn's threads outlive a destroyed device.
  process.exit(0);
}

/** Milliseconds since this process was asked for. */
export function sinceSpawn(): number {
  return Date.now() - Number(process.env.BENCH_SPAWNED);
}

function processUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, rss: process.memoryUsage.rss() };
}
