/** What the benchmark tells of its raw times. */
import { describe, expect, test } from "vitest";
import { goalsOf, memoryOf, ratiosOf, startsOf } from "../../tools/bench/peers/summary.js";
import { networkResults, platformResults } from "./results.js";

describe("ratios", () => {
  test("are of the same round, so that a slow round changes nothing", () => {
    const [webgpu, cpu] = ratiosOf(networkResults("any"));
    expect(webgpu).toMatchObject({ engine: "ort-webgpu", rounds: 3 });
    expect(webgpu.time).toEqual({ low: 6, median: 6, high: 6 });
    expect(webgpu.cpu.median).toBe(4);
    expect(cpu.time.median).toBe(0.05);
  });

  test("are told as the median and the middle half", () => {
    const results = networkResults("any");
    results.rounds = [1, 2, 3, 4, 50].map((times) => ({
      bpclip: { ms: 10, cpu: 10 },
      "ort-webgpu": { ms: 10 * times, cpu: 10 },
    }));
    expect(ratiosOf(results)[0].time).toEqual({ low: 2, median: 3, high: 4 });
  });

  test("leave out rounds that an engine missed", () => {
    const results = networkResults("any");
    delete results.rounds[0]["ort-cpu"];
    expect(ratiosOf(results).find(({ engine }) => engine === "ort-cpu")?.rounds).toBe(2);
  });
});

test("starts are told in steady runs of ours", () => {
  const [ours, webgpu] = startsOf(networkResults("any"));
  // A steady run takes 100 ms, and 200 of the CPU.
  expect(ours).toEqual({ engine: "bpclip", load: 0.5, compile: 1, first: 1.5, total: 3, cpu: 3 });
  expect(webgpu).toMatchObject({ load: 1, compile: 3, first: 20, total: 24 });
});

test("memory is told in ours, and not where it is not known", () => {
  const results = networkResults("any");
  results.starts["ort-webgpu"][0].rssGrowth = 250 * 2 ** 20;
  expect(memoryOf(results).map(({ growth }) => growth)).toEqual([1, 2.5]);
  expect(memoryOf(results).map(({ gpuBytes }) => gpuBytes)).toEqual([64 * 2 ** 20, null]);
  results.starts.bpclip[0].rssGrowth = null;
  expect(memoryOf(results)[1].growth).toBeNull();
});

describe("goals", () => {
  const find = (goals: ReturnType<typeof goalsOf>, start: string) =>
    goals.find(({ network }) => network.startsWith(start))!;

  test("are met by the clock, by CPU time, or not", () => {
    const goals = goalsOf([platformResults("swiftshader", [networkResults("ResNet50 224×224")])]);
    const goal = goals.find(
      ({ network, where }) => network.startsWith("ResNet50") && where === "SwiftShader, Node",
    )!;
    // Six times as long by the clock, four times by the CPU; five is wanted.
    expect(goal).toMatchObject({ wanted: "≥ 5", time: 6, cpu: 4, met: [true, false] });
  });

  test("of a start allow a second", () => {
    const results = networkResults("bpclip-s NR 384×512");
    results.starts.bpclip[0].first = 1150;
    const goals = goalsOf([platformResults("swiftshader", [results])]);
    const goal = find(goals.slice(-2), "bpclip-s NR");
    // 1300 ms less a second are three runs of 100 ms; of the CPU, 2600 − 1000 are five runs of 200 ms, or 8.
    expect(goal.time).toBeCloseTo(3);
    expect(goal.met?.[0]).toBe(true);
    results.starts.bpclip[0].first = 1160;
    expect(find(goalsOf([platformResults("swiftshader", [results])]).slice(-2), "bpclip-s NR").met?.[0]).toBe(
      false,
    );
  });

  test("that were not measured are not met, nor missed", () => {
    expect(goalsOf([]).map(({ met }) => met)).toEqual(goalsOf([]).map(() => null));
  });
});
