/** `bpclip eval`: how well models agree with human opinion, on data sets as they are downloaded. */
import { stat } from "node:fs/promises";
import type { Mode } from "../api/model.js";
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
  openJudge,
  openScoreLog,
  type ScoreLog,
  shipped,
  tasksOf,
} from "../evaluation/judge.js";
import { fixed } from "../evaluation/numbers.js";
import { readOthers } from "../evaluation/others.js";
import { type Evaluation, type Judged, reportPage } from "../evaluation/report.js";
import { agreementOf, measureNames } from "../metrics/agreement.js";
import type { BootstrapOptions } from "../metrics/statistics.js";
import { type Command, commonHelp, commonOptions, readInteger, UsageError } from "./command.js";
import { type Judgement, judgeItems, measureHeadings } from "./eval-judge.js";
import { evaluateSplits, listSplits, planSplits } from "./eval-splits.js";
import { printJson } from "./json.js";
import { printMessage } from "./messages.js";
import { requireFree, writeOutput } from "./output-file.js";
import { Progress } from "./progress.js";
import { padEnd, styleFor } from "./style.js";
import { readVersion } from "./version.js";

const options = {
  ...commonOptions,
  model: { type: "string", multiple: true },
  split: { type: "string", choices: ["train", "validation", "test", "all"] },
  seed: { type: "string" },
  splits: { type: "string" },
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
  --splits <n>          the seeded splits 1 to n, 2 to 100: each measure's mean ± standard
                        deviation over them and its median, as papers report 10. "{split}"
                        in a model's path is the number of the split that it was trained on
  --official            the split that came with the data set instead (KonIQ-10k, FLIVE)
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
  bpclip eval kadid10k/ --splits 10 --model 'runs/kadid/split-{split}/best.safetensors'
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
    const task = await openTask(operands[0], values);
    if (values.splits !== undefined) {
      const splits = await planSplits(task.dataset, splitsOptions(task, values));
      if (!values.list) return evaluateSplits(splits, { adapter, json, debug });
      await listSplits(splits, json);
      return 0;
    }
    const plan = await planOf(task, values);
    const { dataset, items, log: path, judges, others } = plan;
    const log = openScoreLog(path);
    if (values.list) {
      await list(plan, log, json);
      return 0;
    }

    printMessage(`${dataset.title}: ${items.length} pictures, ${plan.part}; scores go to ${path}`);
    const judged: Judged[] = [];
    for (const judge of judges) {
      const judgement = await judgeItems(dataset, items, judge, log, { adapter, debug });
      judged.push(judgedOf(judge.name, items, judgement.scores, judgement));
    }
    for (const [name, scores] of others) judged.push(judgedOf(name, items, scores));
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

type EvalValues = Parameters<typeof evaluate.run>[0];

/** A data set, and how it may be judged. */
interface EvalTask {
  dataset: Dataset;
  isTable: boolean;
  /** The first preferred. */
  modes: Mode[];
  log: string;
}

async function openTask(path: string, values: EvalValues): Promise<EvalTask> {
  const { mode } = values;
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
  return {
    dataset,
    isTable,
    modes: mode ? [mode] : withReferences ? ["fr", "nr"] : ["nr"],
    log: values.log ?? `bpclip-eval-${dataset.name}.jsonl`,
  };
}

function splitsOptions({ modes, log }: EvalTask, values: EvalValues) {
  const { split: part = "test", model: models = [shipped], scores = [] } = values;
  const count = readInteger("splits", values.splits!, 2, 100);
  for (const other of ["seed", "official", "report"] as const) {
    if (values[other] === undefined) continue;
    throw new UsageError(
      `--splits and --${other} exclude each other.`,
      other === "report" ? "A report is of one split: give --seed." : "Give one of them.",
    );
  }
  if (part === "all") {
    throw new UsageError("--splits and --split all exclude each other.", "Name the part of each split.");
  }
  return { count, part, models, modes, scores, log };
}

/** What is to be done on one split, or on all pictures. */
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

async function planOf({ dataset, isTable, modes, log }: EvalTask, values: EvalValues): Promise<Plan> {
  const { model: models = [shipped], official = false } = values;
  const seed: Seed = official ? "official" : readInteger("seed", values.seed ?? "1", 0, 2 ** 31);
  if (official && values.seed !== undefined) {
    throw new UsageError("--official and --seed exclude each other.", "Give one of them.");
  }
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

/** @param judgement Of a model; another metric has scores alone. */
function judgedOf(
  name: string,
  all: readonly DatasetItem[],
  scoreOf: ReadonlyMap<string, number>,
  judgement?: Judgement,
): Judged {
  const { about = "", failures = [], warned = 0 } = judgement ?? {};
  const items = all.filter(({ image }) => scoreOf.has(image));
  const scores = items.map(({ image }) => scoreOf.get(image)!);
  const rated = items.map(({ mos, group }, i) => ({ score: scores[i], mos, group }));
  const agreement = agreementOf(rated, progressOf(name));
  return { name, about, isModel: judgement !== undefined, scores, items, agreement, failures, warned };
}

/** A bar while the intervals are drawn: of ten thousand pictures they take minutes. */
function progressOf(name: string): BootstrapOptions {
  let progress: Progress | undefined;
  return {
    onDraw(done, times) {
      progress ??= new Progress(times);
      if (done < times) progress.draw(done, `intervals of ${name}`);
      else progress.clear();
    },
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
        `  ${padEnd(measureHeadings[measure], 24)}${fixed(value).padStart(6)}  ${dim(`${low} to ${high}`)}\n`,
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
