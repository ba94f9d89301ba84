import { expect, test } from "vitest";
import { type SelfTestResult, selfTest, testedOps } from "../../src/api/self-test.js";
import type { Executor } from "../../src/graph/executor.js";
import { CpuExecutor } from "../../src/reference/executor.js";

function noCheckpoint(): never {
  throw new Error("no checkpoint is read");
}

/** The CPU executor with every result changed. */
function altered(change: (output: Float32Array) => void): Executor {
  const cpu = new CpuExecutor(noCheckpoint);
  return {
    kind: "cpu",
    adapter: "altered",
    bytes: 0,
    async prepare(graph) {
      const program = await cpu.prepare(graph);
      return {
        ...program,
        async run(inputs) {
          const outputs = await program.run(inputs);
          change(outputs.output);
          return outputs;
        },
      };
    },
    peaks: () => cpu.peaks(),
    dispose() {},
  };
}

async function testOn(executor: Executor): Promise<SelfTestResult[]> {
  const results: SelfTestResult[] = [];
  for await (const result of selfTest(executor, new CpuExecutor(noCheckpoint))) results.push(result);
  return results;
}

test("the oracle agrees with itself on every op", async () => {
  const results = await testOn(new CpuExecutor(noCheckpoint));
  expect(results.map(({ op }) => op)).toEqual(testedOps);
  for (const result of results) expect(result).toMatchObject({ error: 0, passed: true, problem: undefined });
});

test.each([
  [
    "one value that is off by 1/10000",
    (output: Float32Array) => {
      const peak = output.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      output[output.length - 1] += peak * 1e-4;
    },
  ],
  ["a NaN", (output: Float32Array) => output.fill(Number.NaN, 0, 1)],
])("%s fails every op", async (_, change) => {
  for (const { op, passed } of await testOn(altered(change))) expect(passed, op).toBe(false);
});

test("an op that throws fails with its reason, and the next is tested", async () => {
  const results = await testOn(
    altered(() => {
      throw new Error("out of luck");
    }),
  );
  expect(results).toHaveLength(testedOps.length);
  for (const { passed, problem } of results)
    expect({ passed, problem }).toEqual({ passed: false, problem: "out of luck" });
});
