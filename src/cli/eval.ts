/** `bpclip eval`: how well models agree with human opinion, on data sets as they are downloaded. */
import { stat } from "node:fs/promises";
import type { Mode } from "../api/model.js";
import type { Score } from "../api/result.js";
import {
  type Dataset,
  type DatasetItem,
  openDataset,
  type Part,
  type Seed,
  splitOf,
} from "../datasets/index.js";
import {
  type Judge,
  keyOf,
  type LoggedScore,
  openJudge,
  openScoreLog,
  type ScoreLog,
  shipped,
  type Task,
  TaskScorer,
  tasksOf,
} from "../evaluation/judge.js";
import { fixed } from "../evaluation/numbers.js";
import { readOthers } from "../evaluation/others.js";
import { type Evaluation, type Judged, reportPage } from "../evaluation/report.js";
import { agreementOf, measureNames } from "../metrics/agreement.js";
import { loadModel } from "../node/index.js";
import { type Scorer, scoreAll } from "./batch.js";
import { type Command, commonHelp, commonOptions, readInteger, UsageError } from "./command.js";
import { printJson } from "./json.js";
import { describeError, printMessage } from "./messages.js";
import { requireFree, writeOutput } from "./output-file.js";
import type { Outcome } from "./record.js";
import { rounded } from "./record.js";
import { printNotice } from "./score.js";
import { padEnd, styleFor } from "./style.js";
import { readVersion } from "./version.js";

const options = {
  ...commonOptions,
  model: { type: "string", multiple: true },
  split: { type: "string", choices: ["train", "validation", "test", "all"] },
  seed: { type: "string" },
  official: { type: "boolean" },
  mode: { type: "string", choices: ["fr", "nr"] },
  scores: { type: "string", multiple: true },
  range: { type: "string" },
  log: { type: "string" },
  report: { type: "string" },
  list: { type: "boolean" },
} as const;

export const evaluate: Command<typeof options> = {
  summary: "how well models agree with human opinion, on a data set of rated pictures",
  help: `\
Usage: bpclip eval [options] <data set's folder|table.csv>

Judges a data set's pictures and tells how well the scores agree with its opinions: SRCC,
KRCC, PLCC and RMSE, without a fitted curve and with one of 4 and of 5 parameters, each with
its 95 % interval. Data sets are read as they are downloaded and unpacked: LIVE, CSIQ,
TID2013, KADID-10k, PIPAL, CLIVE, KonIQ-10k, SPAQ, FLIVE; or a table with the columns image
and mos, and perhaps reference and distortion.

Each score goes to a log at once. A run that was ended goes on from there when it is started
again, and judges nothing twice.

Options:
  --split <part>        train, validation, test or all; test by default, all of a table.
                        Split by references, 6:2:2 for full-reference, 8:2 for no-reference
  --seed <n>            which of the seeded splits; 1 by default
  --official            the split that came with the data set instead (KonIQ-10k)
  --mode <fr|nr>        against the references, or without; fr by default where there are
                        references, if the model can
  --scores <csv>        other metrics' scores to stand beside: image, and a column a metric;
                        may be given several times
  --range <from,to>     a table's opinions that mean worst and best; 0,1 by default, and 100,0
                        for a DMOS up to 100
  --log <file>          where scores go; bpclip-eval-<data set>.jsonl by default
  --report <file>       writes a page with plots, tables and the worst misses (.html)
  --list                tells what it would do, and judges nothing
  --json                the result as a JSON object
  --model <file|url>    as below; may be given several times, "${shipped}" for the shipped one
${commonHelp}

Examples:
  bpclip eval kadid10k/ --report kadid.html
  bpclip eval koniq10k/ --official --model mine-nr.safetensors --model ${shipped}
  bpclip eval ratings.csv --range 1,5 --scores brisque.csv --json
  bpclip eval tid2013/ --split all --list

Exit status: 0 when all were judged, 1 when any failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    if (operands.length !== 1) {
      throw new UsageError(
        "eval wants one data set.",
        "For example: bpclip eval kadid10k/ --report kadid.html",
      );
    }
    const { adapter, report, json = false, debug } = values;
    if (report !== undefined) {
      if (!/\.html?$/i.test(report)) {
        throw new UsageError(`--report cannot be "${report}".`, "Give a name that ends in .html.");
      }
      await requireFree(report, true);
    }
    const plan = await planOf(operands[0], values);
    const { dataset, items, log: path, judges, others } = plan;
    const log = openScoreLog(path);
    if (values.list) {
      await list(plan, log, json);
      return 0;
    }

    printMessage(`${dataset.title}: ${items.length} pictures, ${plan.part}; scores go to ${path}`);
    const judged: Judged[] = [];
    for (const judge of judges) judged.push(await judgeAll(plan, judge, log, { adapter, debug }));
    for (const [name, scores] of others) {
      judged.push(judgedOf(name, "", items, (image) => scores.get(image)));
    }
    const empty = judged.find((one) => one.items.length === 0);
    if (empty) {
      printMessage(`${empty.name} could judge no picture; there is nothing to report.`);
      return 1;
    }
    const { part, official } = plan;
    const evaluation: Evaluation = { dataset, part, official, mode: judges[0].mode, judged };
    if (report !== undefined)
      await writeOutput(report, new TextEncoder().encode(await reportPage(evaluation)));
    if (json) printJson(summaryOf(evaluation));
    else printTable(evaluation);
    return judged.some(({ failures }) => failures.length > 0) ? 1 : 0;
  },
};

interface Plan {
  dataset: Dataset;
  /** What is judged, in the data set's order. */
  items: DatasetItem[];
  /** In words. */
  part: string;
  official: boolean;
  log: string;
  judges: Judge[];
  /** Others' scores by metric and picture. */
  others: Map<string, Map<string, number>>;
}

type EvalValues = Parameters<typeof evaluate.run>[0];

async function planOf(path: string, values: EvalValues): Promise<Plan> {
  const { model: models = [shipped], official = false, mode } = values;
  const seed: Seed = official ? "official" : readInteger("seed", values.seed ?? "1", 0, 2 ** 31);
  if (official && values.seed !== undefined) {
    throw new UsageError("--official and --seed exclude each other.", "Give one of them.");
  }
  const range = values.range === undefined ? undefined : readRange(values.range);
  const isTable = !(await stat(path).then(
    (found) => found.isDirectory(),
    () => true,
  ));
  if (range && !isTable) {
    throw new UsageError("--range is for tables; a data set's scale is known.", "Leave it out.");
  }
  const dataset = await openDataset(path, { range });
  const withReferences = dataset.items.every(({ reference }) => reference !== undefined);
  if (mode === "fr" && !withReferences) {
    throw new UsageError(`${dataset.title} has no references.`, "Leave out --mode fr.");
  }
  const modes: Mode[] = mode ? [mode] : withReferences ? ["fr", "nr"] : ["nr"];
  const judges = await Promise.all(models.map((source) => openJudge(source, modes)));
  const modesUsed = new Set(judges.map((judge) => judge.mode));
  const split = values.split ?? (isTable && !official ? "all" : "test");
  if (modesUsed.size > 1 && split !== "all" && !official) {
    throw new UsageError(
      "The models are of both modes, whose splits differ.",
      "Give --mode, or --split all, or models of one mode.",
    );
  }
  const items = split === "all" ? dataset.items : splitOf(dataset, split, judges[0].mode, seed);
  const others = new Map<string, Map<string, number>>();
  for (const file of values.scores ?? []) {
    for (const [name, scores] of await readOthers(file, items)) others.set(name, scores);
  }
  const log = values.log ?? `bpclip-eval-${dataset.name}.jsonl`;
  return { dataset, items, part: partInWords(split, seed), official, log, judges, others };
}

function partInWords(split: Part | "all", seed: Seed): string {
  if (split === "all") return "all pictures";
  return seed === "official" ? `the official ${split} part` : `the ${split} part of split ${seed}`;
}

function readRange(text: string): [worst: number, best: number] {
  const ends = text.split(",").map((end) => (end.trim() === "" ? Number.NaN : Number(end)));
  if (ends.length === 2 && ends.every(Number.isFinite) && ends[0] !== ends[1]) return [ends[0], ends[1]];
  throw new UsageError(`--range cannot be "${text}".`, "Give two numbers, such as 1,5, or 100,0 for a DMOS.");
}

/** Judges what the log lacks, and takes the rest from it. */
async function judgeAll(
  { dataset, items }: Plan,
  judge: Judge,
  log: ScoreLog,
  { adapter, debug }: Pick<EvalValues, "adapter" | "debug">,
): Promise<Judged> {
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
  const failures: Judged["failures"][number][] = [];
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
  const scores = new Map(tasks.map((task) => [task.image, log.get(keyOf(task))]));
  const about = `${judge.mode.toUpperCase()}, checkpoint ${judge.checkpoint}, on ${ran}`;
  const judged = judgedOf(judge.name, about, items, (image) => scores.get(image)?.score);
  const warned = [...scores.values()].filter((entry) => entry?.warnings).length;
  return { ...judged, isModel: true, failures, warned };
}

function logged(task: Task, { score, warnings }: Score): LoggedScore {
  return { ...task, score: rounded(score), ...(warnings.length > 0 && { warnings }) };
}

function judgedOf(
  name: string,
  about: string,
  all: readonly DatasetItem[],
  scoreOf: (image: string) => number | undefined,
): Judged {
  const items = all.filter(({ image }) => scoreOf(image) !== undefined);
  const scores = items.map(({ image }) => scoreOf(image)!);
  const rated = items.map(({ mos, group }, i) => ({ score: scores[i], mos, group }));
  return {
    name,
    about,
    isModel: false,
    scores,
    items,
    agreement: agreementOf(rated),
    failures: [],
    warned: 0,
  };
}

/** The dry run. */
async function list(
  { dataset, items, part, log: path, judges, others }: Plan,
  log: ScoreLog,
  json: boolean,
): Promise<void> {
  const logged = new Set([...log.entries()].map((entry) => keyOf({ ...entry, adapter: "" })));
  const models = await Promise.all(
    judges.map(async (judge) => {
      const tasks = await tasksOf(dataset, items, judge, { version: readVersion(), adapter: "" });
      const { name, mode, checkpoint } = judge;
      return { name, mode, checkpoint, judged: tasks.filter((task) => logged.has(keyOf(task))).length };
    }),
  );
  const references = new Set(items.flatMap(({ reference }) => reference ?? [])).size;
  if (json) {
    const { title, folder, shortSide } = dataset;
    const other = [...others.keys()];
    printJson({
      dataset: title,
      folder,
      all: dataset.items.length,
      part,
      pictures: items.length,
      references,
      shortSide,
      models,
      scores: other,
      log: path,
    });
    return;
  }
  const lines = [
    `${dataset.title} in ${dataset.folder}: ${dataset.items.length} pictures`,
    `would judge ${part}: ${items.length} pictures${references > 0 ? ` of ${references} references` : ""}${dataset.shortSide ? `, at a shorter side of ${dataset.shortSide}` : ""}`,
    ...models.map(
      ({ name, mode, checkpoint, judged }) =>
        `by ${name} (${mode.toUpperCase()}, ${checkpoint}): ${items.length - judged} to judge, ${judged} in ${path} already`,
    ),
    ...[...others.keys()].map((name) => `beside ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const headings = {
  srcc: "SRCC",
  krcc: "KRCC",
  plcc: "PLCC",
  rmse: "RMSE",
  plcc4: "PLCC, 4-parameter fit",
  rmse4: "RMSE, 4-parameter fit",
  plcc5: "PLCC, 5-parameter fit",
  rmse5: "RMSE, 5-parameter fit",
};

function printTable({ judged }: Evaluation): void {
  const { bold, dim } = styleFor(process.stdout);
  for (const { name, about, isModel, agreement, failures } of judged) {
    const failed = failures.length > 0 ? `, ${failures.length} failed` : "";
    process.stdout.write(
      `${bold(name)}  ${dim(`${agreement.count} pictures${failed}${about && `; ${about}`}`)}\n`,
    );
    for (const measure of measureNames) {
      // Another metric's unit is not that of the opinions.
      if (measure === "rmse" && !isModel) continue;
      const { value, interval } = agreement[measure];
      const [low, high] = interval.map(fixed);
      process.stdout.write(
        `  ${padEnd(headings[measure], 24)}${fixed(value).padStart(6)}  ${dim(`${low} to ${high}`)}\n`,
      );
    }
  }
}

function summaryOf({ dataset, part, mode, judged }: Evaluation) {
  return {
    dataset: dataset.title,
    part,
    mode,
    results: judged.map(({ name, about, agreement, failures }) => ({
      name,
      ...(about && { about }),
      pictures: agreement.count,
      failed: failures.length,
      ...Object.fromEntries(measureNames.map((measure) => [measure, agreement[measure]])),
    })),
  };
}
