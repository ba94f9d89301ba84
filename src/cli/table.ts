/** A table that grows by a row with each result. */
import type { AdjectiveReading } from "../text/vocabulary.js";
import type { Outcome } from "./record.js";
import type { Reporter } from "./report.js";
import { bar, columns, keepEnd, padEnd, printable, styleFor } from "./style.js";

/** Columns of the bar beside a score on a terminal. */
const barWidth = 10;

/** Columns of a score: a poor picture's may be a little below 0. */
const scoreWidth = 6;

/** Columns kept for a size such as 12000×12000. */
const sizeWidth = 11;

/** A file's name is never cut shorter than this. */
const minName = 16;

export class TableReporter implements Reporter {
  readonly #style = styleFor(process.stdout);
  readonly #nameWidth: number;
  readonly #withBars = Boolean(process.stdout.isTTY);
  #headed = false;

  constructor(
    private readonly adjectives: boolean,
    images: readonly string[],
  ) {
    this.#nameWidth = Math.max(5, ...images.map((image) => columns(printable(image))));
  }

  result({ image, score: result }: Outcome): void {
    const dimensions = Object.entries(result.dimensions);
    const cells = dimensions.map(([name, value]) => value.toFixed(2).padStart(name.length));
    const size = `${result.width}×${result.height}`;
    const names = dimensions.map(([name]) => name);
    // On a terminal a row should fit: the name gives way.
    const titleWidth = scoreWidth + (this.#withBars ? 1 + barWidth : 0);
    const others = [titleWidth, ...names.map((name) => name.length), sizeWidth];
    const taken = others.reduce((sum, width) => sum + 2 + width, 0);
    const room = this.#withBars
      ? Math.max(process.stdout.columns - taken, minName)
      : Number.POSITIVE_INFINITY;
    const nameWidth = Math.min(this.#nameWidth, room);
    if (!this.#headed) {
      const header = [padEnd("image", nameWidth), "score".padEnd(titleWidth), ...names, "size"].join("  ");
      process.stdout.write(`${this.#style.bold(header)}\n`);
      this.#headed = true;
    }
    const name = padEnd(keepEnd(printable(image), nameWidth), nameWidth);
    const score = this.#style.bold(result.score.toFixed(3).padStart(scoreWidth));
    const bars = this.#withBars ? ` ${this.#style.green(bar(result.score, barWidth))}` : "";
    process.stdout.write(`${[name, score + bars, ...cells, size].join("  ")}\n`);
    if (this.adjectives) {
      process.stdout.write(`${this.#style.dim(`  ${describe(result.adjectives)}`)}\n`);
    }
  }

  failure(): void {}
}

/** The adjectives that apply rather than their antonyms, the strongest first. */
function describe(adjectives: readonly AdjectiveReading[]): string {
  const applying = adjectives.filter(({ value }) => value > 0.5).sort((a, b) => b.value - a.value);
  return applying.map(({ word, value }) => `${word} ${value.toFixed(2)}`).join(", ");
}
