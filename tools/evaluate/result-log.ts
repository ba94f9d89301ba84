/** What was judged so far, line by line in a file, so that a run that was ended goes on with what it has. */
import { LineLog } from "../../src/evaluation/line-log.js";

export interface Judgement {
  score: number;
  /** Each antonym pair's p, 0..1, 1 at the positive word; in the vocabulary's order. */
  readings: number[];
}

/** Alone, and against the pristine. */
export type Judgements = Record<"nr" | "fr", Judgement>;

/** The name of a picture that was not changed. */
export const unchanged = "";

interface Entry extends Judgements {
  file: string;
  change: string;
}

export class ResultLog {
  readonly #log: LineLog<Entry>;

  /** @param resume Go on with the file, instead of beginning it anew. */
  constructor(path: string, resume: boolean) {
    this.#log = new LineLog(path, ({ file, change }) => key(file, change), { resume });
  }

  get size(): number {
    return this.#log.size;
  }

  /** @param change A name of `changes`, or `unchanged`. */
  get(file: string, change: string): Judgements | undefined {
    return this.#log.get(key(file, change));
  }

  add(file: string, change: string, judgements: Judgements): void {
    this.#log.add({ file, change, ...judgements });
  }
}

function key(file: string, change: string): string {
  return `${file}\n${change}`;
}
