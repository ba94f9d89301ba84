/** Comma-separated values after RFC 4180, with a header. Pictures that failed have no row. */
import { type Outcome, toRecord } from "./record.js";
import type { Reporter } from "./report.js";

export class CsvReporter implements Reporter {
  #headed = false;

  constructor(private readonly adjectives: boolean) {}

  result(outcome: Outcome): void {
    const { dimensions, adjectives = {}, warnings, ...rest } = toRecord(outcome, this.adjectives);
    const { image, reference, score, ...origin } = rest;
    const columns = {
      image,
      ...(reference !== undefined && { reference }),
      score,
      ...dimensions,
      ...origin,
      warnings: warnings.join(" "),
      ...adjectives,
    };
    if (!this.#headed) printRow(Object.keys(columns));
    this.#headed = true;
    printRow(Object.values(columns));
  }

  failure(): void {}
}

function printRow(fields: readonly (string | number)[]): void {
  process.stdout.write(`${fields.map((field) => quote(String(field))).join(",")}\r\n`);
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
