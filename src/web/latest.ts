/** Runs a slow task for the latest value only. */

/**
 * While the task runs, a value that is pushed waits, and a newer one takes its place: there is never a queue, and what
 * was pushed last is always run in the end.
 */
export class Latest<T> {
  #waiting: { value: T } | undefined;
  #isRunning = false;

  /** @param task Must not reject. */
  constructor(private readonly task: (value: T) => Promise<void>) {}

  push(value: T): void {
    this.#waiting = { value };
    if (!this.#isRunning) this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting) {
      const { value } = this.#waiting;
      this.#waiting = undefined;
      await this.task(value);
    }
    this.#isRunning = false;
  }
}
