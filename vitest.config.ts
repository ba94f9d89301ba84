import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { findChromium } from "./test/support/chromium.js";
import { chromiumProject } from "./test/support/chromium-project.js";
import { denoPool, findDeno } from "./test/support/deno-pool.js";
import { unpackSwiftShader } from "./test/support/swiftshader.js";

const swiftShader = unpackSwiftShader();
const deno = findDeno();
const chromium = findChromium();

// It counts only when a process starts, so the worker processes must inherit it.
if (swiftShader) process.env.LD_LIBRARY_PATH = swiftShader.LD_LIBRARY_PATH;

const gpuTests = ["test/**/*.gpu.test.ts"];
const cliTests = ["test/cli/**/*.test.ts"];
const packageTests = ["test/package/**/*.test.ts"];
const runtimeTests = ["test/runtimes/**/*.test.ts"];
const webTests = ["test/web/**/*.test.ts"];
const pageTests = ["test/page/**/*.test.ts"];
const boundsTests = ["test/bounds/**/*.test.ts"];

/**
 * GPU tests, after the others and two files at a time: an adapter in software takes all cores for a while and then one,
 * to compile or while the CPU computes what is right. One at a time left more than half of two cores idle.
 */
const gpu = (name: string) => ({
  name,
  include: gpuTests,
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  testTimeout: 300_000,
});

/** GPU tests in Node, on the adapter that Dawn finds under this environment. */
function dawnProject(name: string, env: Record<string, string> = {}) {
  // The memory test calls the collector.
  return { test: { ...gpu(name), env, pool: "forks" as const, execArgv: ["--expose-gc"] } };
}

/** GPU tests that are skipped, for the reason given. */
const missing = (name: string, reason: string) => dawnProject(name, { BPCLIP_TEST_MISSING: reason });

/**
 * Without networks of the paper's size, large pictures and long repetition, which take minutes; they run on the system's
 * driver, in Node.
 */
const small = { BPCLIP_TEST_SMALL: "1" };

const gpuProjects = [
  dawnProject("gpu:system"),
  swiftShader
    ? dawnProject("gpu:swiftshader", { ...swiftShader, ...small })
    : missing("gpu:swiftshader", "SwiftShader comes with @sparticuz/chromium, for Linux on x64."),
  deno
    ? { test: { ...gpu("gpu:deno"), exclude: cliTests, pool: denoPool(deno), env: small } }
    : missing("gpu:deno", "The dev dependency deno is not installed."),
  chromium
    ? chromiumProject({
        ...gpu("gpu:chromium"),
        // A page has no folder of library files to convert.
        exclude: [...cliTests, "test/weights/**"],
        env: small,
      })
    : missing("gpu:chromium", "There is no Chromium."),
];

/** The kernels' tests with shaders that check their own indices. */
function boundsProject(name: string, env: Record<string, string>, include: string[]) {
  const { test } = dawnProject(name, { ...env, ...small });
  return { test: { ...test, include, setupFiles: "test/bounds/setup.ts" } };
}

// On one adapter, where there is a choice on that which compiles these larger shaders faster; it has no half precision.
const boundsProjects = swiftShader
  ? [
      boundsProject("bounds", swiftShader, boundsTests),
      boundsProject("bounds:half", {}, ["test/kernels/half.gpu.test.ts"]),
    ]
  : [boundsProject("bounds", {}, boundsTests)];

export default defineConfig({
  test: {
    // Vitest's own default leaves one core to itself, of two the half.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...gpuTests,
            ...boundsTests,
            ...cliTests,
            ...packageTests,
            ...pageTests,
            ...webTests,
            ...runtimeTests,
          ],
          testTimeout: 120_000,
        },
      },
      ...gpuProjects,
      ...boundsProjects,
      {
        test: {
          name: "cli",
          include: cliTests,
          exclude: gpuTests,
          pool: "forks" as const,
          testTimeout: 300_000,
        },
      },
      // One file at a time: a browser on a software adapter takes all cores.
      {
        test: {
          name: "web",
          include: webTests,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      { test: { name: "runtimes", include: runtimeTests, testTimeout: 300_000, hookTimeout: 300_000 } },
      {
        test: {
          name: "package",
          include: packageTests,
          globalSetup: "test/package/setup.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "page",
          include: pageTests,
          globalSetup: "test/page/setup.ts",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
