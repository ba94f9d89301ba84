/** A progress bar on stderr, for people who wait; it is drawn only on a terminal. */
import { bar, columns, keepEnd, printable, styleFor } from "./style.js";

/** Fewer pictures than this need no bar. */
const many = 4;

export class Progress {
  readonly #style = styleFor(process.stderr);
  readonly #started = performance.now();

  #drawn = false;

  /** @param total Pictures to score. */
  constructor(private readonly total: number) {}

  /**
   * @param done Pictures done, before `current`.
   * @param tiles Of `current`, where it is judged tile by tile: a bar is drawn for a single picture then.
   */
  draw(done: number, current: string, tiles?: { done: number; total: number }): void {
    if (!process.stderr.isTTY || (this.total < many && !tiles)) return;
    this.#drawn = true;
    const all = done + (tiles ? tiles.done / tiles.total : 0);
    const seconds = (performance.now() - this.#started) / 1000;
    const tile = tiles ? `, tile ${tiles.done}/${tiles.total}` : "";
    const left = all > 0 ? `, ${duration((seconds / all) * (this.total - all))} left` : "";
    const state = `${bar(all / this.total, 20)} ${done}/${this.total}${tile}${left}  `;
    const room = (process.stderr.columns ?? 80) - columns(state) - 1;
    process.stderr.write(
      `\r\x1b[K${state}${this.#style.dim(keepEnd(printable(current), Math.max(room, 1)))}`,
    );
  }

  /** Takes the bar away, so that something else can be printed. */
  clear(): void {
    if (this.#drawn) process.stderr.write("\r\x1b[K");
    this.#drawn = false;
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
