/** One JSON object a line. */
import { describeError } from "./messages.js";
import { type Outcome, toRecord } from "./record.js";
import type { Reporter } from "./report.js";

export class JsonReporter implements Reporter {
  constructor(private readonly adjectives: boolean) {}

  result(outcome: Outcome): void {
    printJson(toRecord(outcome, this.adjectives));
  }

  failure(image: string, error: unknown): void {
    printJson({ image, error: describeError(error) });
  }
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
