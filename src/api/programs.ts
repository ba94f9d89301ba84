/** The programs of recent picture sizes: least recently used first out, never while one of its runs is under way. */
import type { Program } from "../graph/executor.js";

interface Entry {
  program: Promise<Program>;
  running: number;
  evicted: boolean;
}

export class ProgramCache {
  readonly #entries = new Map<string, Entry>();

  /** @param capacity Programs kept. */
  constructor(private readonly capacity: number) {}

  /** Runs `use` with the program of a key, which `prepare` makes if it is not there. */
  async with<T>(
    key: string,
    prepare: () => Promise<Program>,
    use: (program: Program) => Promise<T>,
  ): Promise<T> {
    const entry = this.#entries.get(key) ?? { program: prepare(), running: 0, evicted: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.running++;
    this.#evict(this.capacity);
    try {
      return await use(await entry.program);
    } catch (error) {
      // A program that could not be made must not answer for the next picture of its size.
      await entry.program.catch(() => this.#entries.delete(key));
      throw error;
    } finally {
      entry.running--;
      if (entry.evicted) this.#dispose(entry);
    }
  }

  dispose(): void {
    this.#evict(0);
  }

  #evict(capacity: number): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= capacity) break;
      this.#entries.delete(key);
      entry.evicted = true;
      this.#dispose(entry);
    }
  }

  #dispose(entry: Entry): void {
    if (entry.running > 0) return;
    entry.program.then(
      (program) => program.dispose(),
      () => {},
    );
  }
}
