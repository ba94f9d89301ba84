/** The benchmark's side of the line protocol of ./serve.ts: an engine in a process of its own. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Loaded, Ran, Stats } from "./engine.js";

/** Characters of what a process wrote to its standard error, kept for when it fails. */
const keptErrors = 2000;

export interface Command {
  program: string;
  args: string[];
  env: Record<string, string>;
}

export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #errors = "";

  constructor({ program, args, env }: Command) {
    this.#process = spawn(program, args, {
      env: { ...process.env, ...env, BENCH_SPAWNED: String(Date.now()) },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once("close", resolve);
      this.#process.once("error", (error) => {
        this.#errors += error.message;
        resolve(error);
      });
    });
    this.#process.stdin.on("error", () => {});
    this.#process.stderr.on("data", (data) => {
      this.#errors = (this.#errors + data).slice(-keptErrors);
    });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  load(): Promise<Loaded> {
    return this.#ask("load");
  }

  run(): Promise<Ran> {
    return this.#ask("run");
  }

  stats(): Promise<Stats> {
    return this.#ask("stats");
  }

  /** Ends the process, and waits for its end. */
  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  /** @throws Error with what the process wrote last, when it fails or ends. */
  async #ask<T>(command: string): Promise<T> {
    this.#process.stdin.write(`${command}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) {
        await this.#ended;
        throw new Error(`the process ended: ${this.#errors.trim() || "without a word"}`);
      }
      // Libraries write lines of their own.
      if (!value.startsWith("{")) continue;
      const answer = JSON.parse(value);
      if (answer.error) throw new Error(answer.error);
      return answer;
    }
  }
}
