/**
 * Results in a file, a line of JSON each as soon as it is there, so that a run that was ended, however suddenly, goes on
 * with what it has.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { DatasetError } from "../errors.js";

export class LineLog<Entry> {
  readonly #entries = new Map<string, Entry>();

  /**
   * @param keyOf Tells an entry from others; of several with one key the last counts.
   * @throws DatasetError DATASET_LOG (the file is none of these).
   */
  constructor(
    private readonly path: string,
    private readonly keyOf: (entry: Entry) => string,
    { resume = true } = {},
  ) {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    const bytes = resume ? readFileSync(path) : new Uint8Array();
    // The last line may have been cut off. It is cut away, and nothing is written anew that could then be lost.
    const whole = bytes.lastIndexOf(10) + 1;
    const lines = new TextDecoder().decode(bytes.subarray(0, whole)).split("\n");
    for (const [i, line] of lines.entries()) {
      if (line === "") continue;
      const entry = parse<Entry>(line, `${path}, line ${i + 1}`);
      this.#entries.set(keyOf(entry), entry);
    }
    truncateSync(path, whole);
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  add(entry: Entry): void {
    this.#entries.set(this.keyOf(entry), entry);
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }
}

function parse<Entry>(line: string, where: string): Entry {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new DatasetError(
      "DATASET_LOG",
      `${where}: this is no result of an evaluation.`,
      "Name another file, or delete this one to begin anew.",
      { cause },
    );
  }
}
