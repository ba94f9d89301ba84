import { defineConfig } from "vitest/config";
import { findAdapters } from "./test/support/adapters.js";

const adapters = findAdapters();
const names = adapters.map(({ name, description }) => `${name} (${description})`);
console.log(`WebGPU adapters to test on: ${names.join(", ") || "none; GPU tests are skipped"}`);

// LD_LIBRARY_PATH counts only when a process starts, so the worker processes must inherit it.
for (const { env } of adapters) {
  if (env.LD_LIBRARY_PATH) process.env.LD_LIBRARY_PATH = env.LD_LIBRARY_PATH;
}

const gpuTests = ["test/**/*.gpu.test.ts"];
const cliTests = ["test/cli/**/*.test.ts"];

/** GPU tests once an adapter, one file at a time: each of these adapters takes all cores. */
function gpuProject(name: string, env: Record<string, string>) {
  return {
    test: {
      name,
      include: gpuTests,
      env,
      pool: "forks" as const,
      fileParallelism: false,
      // The memory test calls the collector.
      execArgv: ["--expose-gc"],
      testTimeout: 300_000,
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: [...gpuTests, ...cliTests],
          testTimeout: 120_000,
        },
      },
      ...(adapters.length
        ? adapters.map(({ name, env }) => gpuProject(`gpu:${name}`, { ...env, BPCLIP_TEST_ADAPTER: name }))
        : [gpuProject("gpu:none", {})]),
      {
        test: {
          name: "cli",
          include: cliTests,
          exclude: gpuTests,
          pool: "forks" as const,
          testTimeout: 300_000,
        },
      },
    ],
  },
});
