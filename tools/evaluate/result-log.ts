/** What was judged so far, line by line in a file, so that a run that was ended goes on with what it has. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export interface Judgement {
  score: number;
  /** Each antonym pair's p, 0..1, 1 at the positive word; in the vocabulary's order. */
  readings: number[];
}

/** Alone, and against the pristine. */
export type Judgements = Record<"nr" | "fr", Judgement>;

/** The name of a picture that was not changed. */
export const unchanged = "";

export class ResultLog {
  readonly #judgements = new Map<string, Judgements>();

  /** @param resume Go on with the file, instead of beginning it anew. */
  constructor(
    private readonly path: string,
    resume: boolean,
  ) {
    const text = resume && existsSync(path) ? readFileSync(path, "utf8") : "";
    // The last line may have been cut off.
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const line of whole.split("\n").filter(Boolean)) {
      const { file, change, nr, fr } = JSON.parse(line);
      this.#judgements.set(key(file, change), { nr, fr });
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, whole);
  }

  get size(): number {
    return this.#judgements.size;
  }

  /** @param change A name of `changes`, or `unchanged`. */
  get(file: string, change: string): Judgements | undefined {
    return this.#judgements.get(key(file, change));
  }

  add(file: string, change: string, judgements: Judgements): void {
    this.#judgements.set(key(file, change), judgements);
    appendFileSync(this.path, `${JSON.stringify({ file, change, ...judgements })}\n`);
  }
}

function key(file: string, change: string): string {
  return `${file}\n${change}`;
}
