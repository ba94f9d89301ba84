/** Judges a data set's pictures by a model, for `bpclip eval`: what the log has already is not judged again. */
import type { Score } from "../api/result.js";
import type { Dataset, DatasetItem } from "../datasets/index.js";
import {
  type Judge,
  keyOf,
  type LoggedScore,
  type ScoreLog,
  type Task,
  TaskScorer,
  tasksOf,
} from "../evaluation/judge.js";
import type { MeasureName } from "../metrics/agreement.js";
import { loadModel } from "../node/index.js";
import { type Scorer, scoreAll } from "./batch.js";
import type { commonOptions, Values } from "./command.js";
import { describeError, printMessage } from "./messages.js";
import { type Outcome, rounded } from "./record.js";
import { printNotice } from "./score.js";
import { readVersion } from "./version.js";

/** How it is done, and how it is told. */
export type JudgeValues = Pick<Values<typeof commonOptions>, "adapter" | "debug" | "json">;

/** What the measures of agreement are called. */
export const measureHeadings: Readonly<Record<MeasureName, string>> = {
  srcc: "SRCC",
  krcc: "KRCC",
  plcc: "PLCC",
  rmse: "RMSE",
  plcc4: "PLCC, 4-parameter fit",
  rmse4: "RMSE, 4-parameter fit",
  plcc5: "PLCC, 5-parameter fit",
  rmse5: "RMSE, 5-parameter fit",
};

/** What a model said of pictures. */
export interface Judgement {
  /** By picture; of those that could be judged. */
  scores: Map<string, number>;
  failures: { image: string; reason: string }[];
  /** How many pictures a warning was given of. */
  warned: number;
  /** Mode, checkpoint and what ran it, in words. */
  about: string;
}

/** Judges what the log lacks, and takes the rest from it. */
export async function judgeItems(
  dataset: Dataset,
  items: readonly DatasetItem[],
  judge: Judge,
  log: ScoreLog,
  { adapter, debug }: JudgeValues,
): Promise<Judgement> {
  const open = () => loadModel(judge.source, { adapter, onNotice: printNotice });
  let model: Awaited<ReturnType<typeof open>> | undefined = await open();
  const version = readVersion();
  const ran = model.adapter;
  const tasks = await tasksOf(dataset, items, judge, { version, adapter: ran });
  const lacking = tasks.filter((task) => !log.get(keyOf(task)));
  const byImage = new Map(lacking.map((task) => [task.image, task]));
  if (lacking.length < tasks.length) {
    printMessage(`${judge.name}: ${tasks.length - lacking.length} of ${tasks.length} are in the log already`);
  }
  const failures: Judgement["failures"] = [];
  try {
    await scoreAll(
      lacking.map(({ image }) => ({ path: image })),
      {
        // The model that is open already is used first; after a lost device, a new one.
        async open(): Promise<Scorer> {
          const scorer = new TaskScorer(model ?? (await open()), dataset.folder);
          model = undefined;
          return { score: (image) => scorer.score(byImage.get(image)!), dispose: () => scorer.dispose() };
        },
        reporter: {
          result: ({ image, score }: Outcome) => log.add(logged(byImage.get(image)!, score)),
          failure: (image, error) => failures.push({ image, reason: describeError(error).message }),
        },
        summary: false,
        debug,
      },
    );
  } finally {
    model?.dispose();
  }
  const entries = tasks.flatMap((task) => log.get(keyOf(task)) ?? []);
  return {
    scores: new Map(entries.map(({ image, score }) => [image, score])),
    failures,
    warned: entries.filter(({ warnings }) => warnings).length,
    about: `${judge.mode.toUpperCase()}, checkpoint ${judge.checkpoint}, on ${ran}`,
  };
}

function logged(task: Task, { score, warnings }: Score): LoggedScore {
  return { ...task, score: rounded(score), ...(warnings.length > 0 && { warnings }) };
}
