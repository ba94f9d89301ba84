/** Engines side by side: who takes part, and that no round is lost. */
import { describe, expect, test } from "vitest";
import type { EngineSpec, Platform } from "../../tools/bench/peers/engines.js";
import { measure, type Plan } from "../../tools/bench/peers/measure.js";
import type { Network } from "../../tools/bench/peers/network.js";
import type { NetworkResults } from "../../tools/bench/peers/results.js";

const network: Network = { name: "any", kind: "small-nr", height: 32, width: 32 };
const platform: Platform = { name: "any", inBrowser: false, env: {} };
const plan: Plan = { starts: 1, rounds: 2, minutes: 1 };

/** A process that gives this output, and a millisecond for every run. */
function engine(id: string, output: number[], failing?: "load" | "run"): EngineSpec {
  const script = `
    let cpu = 0;
    const answers = {
      load: () => ({ adapter: "${id}'s", load: 1, compile: 2 }),
      run: () => ({ ms: 1, cpu: 1, output: ${JSON.stringify(output)} }),
      stats: () => ({ cpu: 7, rss: 10, rssGrowth: 5, gpuBytes: null }),
    };
    require("node:readline").createInterface(process.stdin).on("line", (line) => {
      console.log(JSON.stringify(line === "${failing}" ? { error: "broken" } : answers[line]()));
    });`;
  const command = () => ({ program: process.execPath, args: ["-e", script], env: {} });
  return { id, isOurs: id === "bpclip", command };
}

function nothing(): NetworkResults {
  return { network: "any", differences: {}, failures: {}, starts: {}, rounds: [] };
}

async function measured(engines: EngineSpec[], results: NetworkResults, how: Partial<Plan> = {}) {
  const kept: string[] = [];
  const keep = (adapter: string) => {
    kept.push(JSON.stringify({ adapter, results }));
  };
  await measure(network, platform, engines, { ...plan, ...how }, results, keep, () => {});
  return kept.map((text): { adapter: string; results: NetworkResults } => JSON.parse(text));
}

describe("engines side by side", () => {
  test("run once in each round, and results are kept after each", async () => {
    const results = nothing();
    const kept = await measured([engine("bpclip", [0.5]), engine("peer", [0.5])], results);
    expect(results.rounds).toHaveLength(2);
    expect(results.rounds[0]).toEqual({ bpclip: { ms: 1, cpu: 1 }, peer: { ms: 1, cpu: 1 } });
    // Who begins changes from round to round.
    expect(results.rounds.map((round) => Object.keys(round)[0])).toEqual(["bpclip", "peer"]);
    expect(kept[0].results.rounds).toHaveLength(1);
    expect(kept[0].results.starts.bpclip).toHaveLength(1);
    expect(kept[0].adapter).toBe("bpclip's");
    expect(results.starts.peer).toEqual([
      { load: 1, compile: 2, first: 1, cpu: 7, rssGrowth: 5, gpuBytes: null },
    ]);
  });

  test("are started as often as planned", async () => {
    const results = nothing();
    await measured([engine("bpclip", [0.5])], results, { starts: 2 });
    expect(results.starts.bpclip).toHaveLength(2);
    expect(results.rounds).toHaveLength(2);
  });

  test("go on where a run before them ended", async () => {
    const results = nothing();
    const [before] = [{ bpclip: { ms: 9, cpu: 9 } }];
    results.rounds.push(before);
    await measured([engine("bpclip", [0.5])], results);
    expect(results.rounds).toEqual([before, { bpclip: { ms: 1, cpu: 1 } }]);
    expect(await measured([engine("bpclip", [0.5])], results)).toEqual([]);
  });

  test("are not timed where they do not agree", async () => {
    const results = nothing();
    const engines = [engine("bpclip", [0.5]), engine("near", [0.5009]), engine("far", [0.502])];
    await measured([...engines, engine("longer", [0.5, 0.5])], results);
    expect(Object.keys(results.rounds[0])).toEqual(["bpclip", "near"]);
    expect(results.differences.near).toBeCloseTo(9e-4);
    expect(results.failures.far).toContain("differs by 2.0e-3");
    expect(results.failures.longer).toContain("differs");
  });

  test("have features compared as shares of the largest", async () => {
    const results = nothing();
    await measured([engine("bpclip", [1, 100]), engine("peer", [1.05, 100])], results);
    expect(results.differences.peer).toBeCloseTo(5e-4);
  });

  test("take no part where they fail, and are not tried again", async () => {
    const results = nothing();
    await measured([engine("bpclip", [0.5]), engine("peer", [0.5], "load")], results, { starts: 2 });
    expect(results.failures).toEqual({ peer: "broken" });
    expect(Object.keys(results.rounds[0])).toEqual(["bpclip"]);
  });

  test("do not run without ours", async () => {
    await expect(measured([engine("bpclip", [0.5], "run")], nothing())).rejects.toThrow("broken");
  });
});
