/** A progress bar on stderr, for people who wait; it is drawn only on a terminal. */
import { bar, columns, keepEnd, printable, styleFor } from "./style.js";

/** Fewer pictures than this need no bar. */
const many = 4;

export class Progress {
  readonly #shown: boolean;
  readonly #style = styleFor(process.stderr);
  readonly #started = performance.now();

  /** @param total Pictures to score. */
  constructor(private readonly total: number) {
    this.#shown = Boolean(process.stderr.isTTY) && total >= many;
  }

  /** @param done Pictures done, before `current`. */
  draw(done: number, current: string): void {
    if (!this.#shown) return;
    const seconds = (performance.now() - this.#started) / 1000;
    const left = done > 0 ? `, ${duration((seconds / done) * (this.total - done))} left` : "";
    const state = `${bar(done / this.total, 20)} ${done}/${this.total}${left}  `;
    const room = (process.stderr.columns ?? 80) - columns(state) - 1;
    process.stderr.write(
      `\r\x1b[K${state}${this.#style.dim(keepEnd(printable(current), Math.max(room, 1)))}`,
    );
  }

  /** Takes the bar away, so that something else can be printed. */
  clear(): void {
    if (this.#shown) process.stderr.write("\r\x1b[K");
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
