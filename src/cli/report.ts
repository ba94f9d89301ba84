/** Where results go: a table for people, or JSON lines or CSV for programs. */
import type { Score } from "../api/result.js";
import { CsvReporter } from "./csv.js";
import { JsonReporter } from "./json.js";
import type { Outcome } from "./record.js";
import { TableReporter } from "./table.js";

/** Prints to stdout; each result is written as soon as it is there. */
export interface Reporter<Result extends Score = Score> {
  result(outcome: Outcome<Result>): void;
  /** A picture that could not be scored; the error is also printed to stderr by the caller. */
  failure(image: string, error: unknown): void;
}

export interface ReportOptions {
  json: boolean;
  csv: boolean;
  adjectives: boolean;
}

/** @param images All pictures that are to come, for the width of the table. */
export function createReporter(
  { json, csv, adjectives }: ReportOptions,
  images: readonly string[],
): Reporter {
  if (json) return new JsonReporter(adjectives);
  if (csv) return new CsvReporter(adjectives);
  return new TableReporter(adjectives, images);
}
