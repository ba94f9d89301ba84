/** The GPU tests in Deno, on its own navigator.gpu (wgpu, naga): a pool of Vitest whose workers are Deno's processes. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { PoolOptions, PoolWorker, WorkerRequest } from "vitest/node";
import { decode, encode } from "./deno-messages.js";

const entry = fileURLToPath(new URL("deno-worker.ts", import.meta.url));

/** What makes Deno run our TypeScript: sloppy imports are those of TypeScript in Node, "./a.js" for a.ts. */
export const denoArguments = ["run", "--allow-all", "--no-check", "--unstable-sloppy-imports"];

/** The path of the dev dependency deno's program; undefined where it is not installed. */
export function findDeno(): string | undefined {
  try {
    return createRequire(import.meta.url)("deno/install_api.cjs").runInstall();
  } catch {
    return undefined;
  }
}

/** @param path Of Deno. */
export function denoPool(path: string) {
  return { name: "deno", createPoolWorker: (options: PoolOptions) => new DenoWorker(path, options) };
}

class DenoWorker implements PoolWorker {
  readonly name = "deno";
  readonly cacheFs = true;
  readonly deserialize = decode;
  #process!: ChildProcess;

  constructor(
    private readonly path: string,
    private readonly options: PoolOptions,
  ) {}

  async start(): Promise<void> {
    this.#process = fork(entry, [], {
      execPath: this.path,
      // The memory test calls the collector.
      execArgv: [...denoArguments, "--v8-flags=--expose-gc"],
      env: this.options.env,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    // Vitest has its results by now, and a process that has used a GPU may take its time to end.
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  send(message: WorkerRequest): void {
    this.#process.send(encode(message));
  }

  on(event: string, listener: (argument: unknown) => void): void {
    this.#process.on(event, listener);
  }

  off(event: string, listener: (argument: unknown) => void): void {
    this.#process.off(event, listener);
  }
}
