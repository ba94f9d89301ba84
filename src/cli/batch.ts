/** Scores pictures one after the other and reports each: what `score`, `compare` and `describe` have in common. */

import type { Score } from "../api/result.js";
import { DeviceError } from "../errors.js";
import type { Source } from "./files.js";
import { printError, printMessage } from "./messages.js";
import { Progress } from "./progress.js";
import type { Outcome } from "./record.js";
import type { Reporter } from "./report.js";

/** A loaded model, ready for picture after picture. */
export interface Scorer<Result extends Score = Score> {
  /** @param onTile Told how many tiles of how many are done, where the picture is judged tile by tile. */
  score(image: string, onTile: (done: number, total: number) => void): Promise<Result>;
  dispose(): void;
}

export interface BatchOptions<Result extends Score> {
  /** Loads the model; called again after the GPU device was lost. */
  open(): Promise<Scorer<Result>>;
  reporter: Reporter<Result>;
  /** Full-reference only: named in every result. */
  reference?: string;
  debug?: boolean;
  /** Prints a closing line to stderr. */
  summary: boolean;
}

/**
 * A bad picture is reported and does not stop the rest.
 * @returns The exit status: 1 if any picture failed.
 */
export async function scoreAll<Result extends Score>(
  sources: readonly Source[],
  options: BatchOptions<Result>,
): Promise<number> {
  const { open, reporter, reference, debug } = options;
  const progress = new Progress(sources.length);
  let failed = 0;
  let last: Score | undefined;
  let scorer: Scorer<Result> | undefined;
  try {
    for (const [done, { path: image, error }] of sources.entries()) {
      scorer ??= await open();
      progress.draw(done, image);
      const onTile = (tile: number, total: number) => progress.draw(done, image, { done: tile, total });
      let outcome: Outcome<Result>;
      try {
        if (error) throw error;
        const score = await scorer.score(image, onTile);
        outcome = { image, ...(reference !== undefined && { reference }), score };
      } catch (error) {
        failed++;
        progress.clear();
        reporter.failure(image, error);
        printError(error, { about: image, debug });
        if (error instanceof DeviceError && error.code === "DEVICE_LOST") {
          scorer.dispose();
          scorer = undefined;
        }
        continue;
      }
      last = outcome.score;
      progress.clear();
      reporter.result(outcome);
      for (const warning of last.warnings) printMessage(`warning: ${warning}`, image);
    }
  } finally {
    progress.clear();
    scorer?.dispose();
  }
  if (options.summary && last) printMessage(summarize(last, sources.length, failed));
  return failed > 0 ? 1 : 0;
}

function summarize({ model, checkpoint, executor, adapter }: Score, total: number, failed: number): string {
  const pictures = `${total} ${total === 1 ? "picture" : "pictures"}${failed > 0 ? `, ${failed} failed` : ""}`;
  return `${pictures}; higher is better; ${model} ${checkpoint} on ${executor} (${adapter})`;
}
