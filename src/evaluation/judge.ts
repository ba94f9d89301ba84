/** What judges a data set: a checkpoint in one mode; and the scores that it gave, kept in a log. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { shippedCheckpoints } from "../api/load.js";
import type { Mode, Model, Reference } from "../api/model.js";
import type { Score } from "../api/result.js";
import type { Dataset, DatasetItem } from "../datasets/index.js";
import { InputError } from "../errors.js";
import { openCheckpoint } from "../weights/checkpoint.js";
import { loadBytes } from "../weights/load.js";
import { LineLog } from "./line-log.js";
import { readAtShortSide } from "./pictures.js";

/** The word that stands for the checkpoints of the package. */
export const shipped = "shipped";

export interface Judge {
  /** A path or a URL. */
  source: string | URL;
  mode: Mode;
  /** The model's own name. */
  name: string;
  /** The first 12 hex digits of the checkpoint's SHA-256. */
  checkpoint: string;
}

/**
 * Finds out what a model is, without running it.
 * @param modes What it may judge by, the first preferred.
 * @throws WeightsError; InputError INPUT_MODE (it is of none of these modes).
 */
export async function openJudge(model: string, modes: readonly Mode[]): Promise<Judge> {
  const source = model === shipped ? shippedCheckpoints[modes[0]] : model;
  const { config, sha256 } = await openCheckpoint(await loadBytes(source, { readFile }));
  if (!modes.includes(config.mode)) {
    throw new InputError(
      "INPUT_MODE",
      `${model} is a ${config.mode.toUpperCase()} model, and the task is ${modes.join(" or ").toUpperCase()}.`,
      config.mode === "fr"
        ? "Give an NR model: the data set has no references, or --mode nr was asked for."
        : "Give an FR model, or leave --mode out.",
    );
  }
  return { source, mode: config.mode, name: config.name, checkpoint: sha256.slice(0, 12) };
}

/** A line of the log: a score, and all that it depends on. */
export interface LoggedScore {
  image: string;
  reference?: string;
  /** Of the picture's file, so that another picture of the same name is judged anew. */
  bytes: number;
  /** To which pictures were brought. */
  shortSide?: number;
  mode: Mode;
  checkpoint: string;
  /** Of bpclip. */
  version: string;
  adapter: string;
  score: number;
  warnings?: string[];
}

export type ScoreLog = LineLog<LoggedScore>;

export function openScoreLog(path: string): ScoreLog {
  return new LineLog<LoggedScore>(path, keyOf);
}

/** An item as the log knows it, before it has a score. */
export type Task = Omit<LoggedScore, "score" | "warnings">;

export function keyOf(task: Task): string {
  const { image, reference, bytes, shortSide, mode, checkpoint, version, adapter } = task;
  return JSON.stringify([image, reference, bytes, shortSide, mode, checkpoint, version, adapter]);
}

/** Items with what the log is to say of them, those of one reference side by side. */
export async function tasksOf(
  { folder, shortSide }: Dataset,
  items: readonly DatasetItem[],
  { mode, checkpoint }: Judge,
  { version, adapter }: { version: string; adapter: string },
): Promise<Task[]> {
  const tasks = await Promise.all(
    items.map(async ({ image, reference }): Promise<Task> => {
      const { size } = await stat(resolve(folder, image));
      return {
        image,
        ...(mode === "fr" && { reference }),
        bytes: size,
        ...(shortSide !== undefined && { shortSide }),
        ...{ mode, checkpoint, version, adapter },
      };
    }),
  );
  if (mode === "nr") return tasks;
  const first = new Map<string | undefined, number>();
  for (const [i, { reference }] of tasks.entries()) if (!first.has(reference)) first.set(reference, i);
  return tasks.sort((a, b) => first.get(a.reference)! - first.get(b.reference)!);
}

/** Judges one picture after the other; the reference of the last one is kept. */
export class TaskScorer {
  #reference?: { path: string; kept: Reference };

  constructor(
    private readonly model: Model,
    private readonly folder: string,
  ) {}

  async score({ image, reference, shortSide }: Task): Promise<Score> {
    const picture = await this.#read(image, shortSide);
    if (reference === undefined) return this.model.score(picture);
    if (this.#reference?.path !== reference) {
      this.#reference?.kept.dispose();
      this.#reference = undefined;
      const kept = await this.model.reference(await this.#read(reference, shortSide));
      this.#reference = { path: reference, kept };
    }
    return this.model.compare(this.#reference.kept, picture);
  }

  dispose(): void {
    this.#reference?.kept.dispose();
    this.model.dispose();
  }

  async #read(path: string, shortSide: number | undefined) {
    const file = resolve(this.folder, path);
    return shortSide === undefined ? file : readAtShortSide(file, shortSide);
  }
}
