/** `bpclip eval --splits`: how well models agree with opinion over several seeded splits, as papers report it. */
import type { Mode } from "../api/model.js";
import { type Dataset, type DatasetItem, type Part, splitOf } from "../datasets/index.js";
import { type Judge, keyOf, openJudge, openScoreLog, type ScoreLog, tasksOf } from "../evaluation/judge.js";
import { fixed } from "../evaluation/numbers.js";
import { readOthers } from "../evaluation/others.js";
import { paperRows } from "../evaluation/paper.js";
import { agreementOverSplits, type Spread } from "../evaluation/splits.js";
import { type MeasureName, measureNames } from "../metrics/agreement.js";
import { UsageError } from "./command.js";
import { type Judgement, type JudgeValues, judgeItems, measureHeadings } from "./eval-judge.js";
import { printJson } from "./json.js";
import { printMessage } from "./messages.js";
import { padEnd, styleFor } from "./style.js";
import { readVersion } from "./version.js";

/** Stands in a model's path for the number of the split that it was trained on. */
const placeholder = "{split}";

interface Split {
  seed: number;
  items: DatasetItem[];
}

/** One model for all splits, or one for each. */
interface Contender {
  name: string;
  judges: Judge[];
}

export interface SplitsPlan {
  dataset: Dataset;
  mode: Mode;
  /** In words. */
  part: string;
  splits: Split[];
  /** What is judged of any split, in the data set's order. */
  items: DatasetItem[];
  contenders: Contender[];
  others: Map<string, Map<string, number>>;
  log: string;
}

export interface SplitsOptions {
  count: number;
  part: Part;
  models: readonly string[];
  modes: readonly Mode[];
  /** Files of other metrics' scores. */
  scores: readonly string[];
  log: string;
}

/** @throws UsageError (models of both modes, whose splits differ). */
export async function planSplits(
  dataset: Dataset,
  { count, part, models, modes, scores, log }: SplitsOptions,
): Promise<SplitsPlan> {
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const contenders = await Promise.all(
    models.map(async (model): Promise<Contender> => {
      const own = model.includes(placeholder)
        ? seeds.map((seed) => model.replaceAll(placeholder, String(seed)))
        : [model];
      const opened = await Promise.all(own.map((source) => openJudge(source, modes)));
      return { name: opened[0].name, judges: seeds.map((_, i) => opened[Math.min(i, own.length - 1)]) };
    }),
  );
  const used = new Set(contenders.flatMap(({ judges }) => judges.map(({ mode }) => mode)));
  if (used.size > 1) {
    throw new UsageError(
      "The models are of both modes, whose splits differ.",
      "Give --mode, or models of one mode.",
    );
  }
  const [mode] = used;
  const splits = seeds.map((seed) => ({ seed, items: splitOf(dataset, part, mode, seed) }));
  const any = new Set(splits.flatMap(({ items }) => items));
  const items = dataset.items.filter((item) => any.has(item));
  const others = new Map<string, Map<string, number>>();
  for (const file of scores) {
    for (const [name, found] of await readOthers(file, items)) others.set(name, found);
  }
  return {
    dataset,
    mode,
    part: `the ${part} parts of splits 1 to ${count}`,
    splits,
    items,
    contenders,
    others,
    log,
  };
}

interface Result {
  name: string;
  about: string;
  isModel: boolean;
  failed: number;
  agreement: Record<MeasureName, Spread>;
}

/** Judges, and prints mean ± deviation of every measure; the exit status. */
export async function evaluateSplits(plan: SplitsPlan, values: JudgeValues): Promise<number> {
  const { dataset, items, part, splits, contenders, others } = plan;
  const log = openScoreLog(plan.log);
  printMessage(`${dataset.title}: ${items.length} pictures, ${part}; scores go to ${plan.log}`);
  const results: Result[] = [];
  for (const { name, judges } of contenders) {
    const judgements = await judgeSplits(plan, judges, log, values);
    const agreement = agreementOverSplits(
      splits.map((split, i) => ratedOf(split, (image) => judgements[i].scores.get(image))),
    );
    const failed = new Set(judgements.flatMap(({ failures }) => failures.map(({ image }) => image))).size;
    const about = new Set(judgements).size > 1 ? "a model for each split" : judgements[0].about;
    results.push({ name, about, isModel: true, failed, agreement });
  }
  for (const [name, scores] of others) {
    const agreement = agreementOverSplits(
      splits.map((split) => ratedOf(split, (image) => scores.get(image))),
    );
    results.push({ name, about: "", isModel: false, failed: 0, agreement });
  }
  if (values.json) printJson(summaryOf(plan, results));
  else printTable(plan, results);
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

/** One judgement for each split; a model that is for all of them judges all pictures at once. */
async function judgeSplits(
  { dataset, items, splits }: SplitsPlan,
  judges: readonly Judge[],
  log: ScoreLog,
  values: JudgeValues,
): Promise<Judgement[]> {
  if (new Set(judges).size === 1) {
    const judgement = await judgeItems(dataset, items, judges[0], log, values);
    return judges.map(() => judgement);
  }
  const judgements: Judgement[] = [];
  for (const [i, judge] of judges.entries()) {
    judgements.push(await judgeItems(dataset, splits[i].items, judge, log, values));
  }
  return judgements;
}

function ratedOf({ items }: Split, scoreOf: (image: string) => number | undefined) {
  return items.flatMap(({ image, mos, group }) => {
    const score = scoreOf(image);
    return score === undefined ? [] : { score, mos, group };
  });
}

/** The dry run. */
export async function listSplits(plan: SplitsPlan, json: boolean): Promise<void> {
  const { dataset, items, part, splits, contenders, others, log: path } = plan;
  const logged = new Set([...openScoreLog(path).entries()].map((entry) => keyOf({ ...entry, adapter: "" })));
  const models = await Promise.all(
    contenders.map(async ({ name, judges }) => {
      const own = new Set(judges).size > 1 ? splits.map((split) => split.items) : [items];
      const tasks = await Promise.all(
        own.map((of, i) => tasksOf(dataset, of, judges[i], { version: readVersion(), adapter: "" })),
      );
      const all = tasks.flat();
      return { name, pictures: all.length, judged: all.filter((task) => logged.has(keyOf(task))).length };
    }),
  );
  const counts = splits.map((split) => split.items.length);
  if (json) {
    const { title, folder } = dataset;
    const names = { models, scores: [...others.keys()], log: path };
    printJson({
      dataset: title,
      folder,
      all: dataset.items.length,
      part,
      pictures: items.length,
      splits: counts,
      ...names,
    });
    return;
  }
  const range = `${Math.min(...counts)} to ${Math.max(...counts)}`;
  const lines = [
    `${dataset.title} in ${dataset.folder}: ${dataset.items.length} pictures`,
    `would judge ${part}: ${items.length} pictures, ${range} of a split`,
    ...models.map(
      ({ name, pictures, judged }) =>
        `by ${name}: ${pictures - judged} to judge, ${judged} in ${path} already`,
    ),
    ...[...others.keys()].map((name) => `beside ${name}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function printTable({ dataset, mode, splits }: SplitsPlan, results: readonly Result[]): void {
  const { bold, dim } = styleFor(process.stdout);
  const line = (heading: string, value: string, note: string) =>
    process.stdout.write(`  ${padEnd(heading, 24)}${value}${note && `  ${dim(note)}`}\n`);
  for (const { name, about, isModel, agreement, failed } of results) {
    const failures = failed > 0 ? `, ${failed} pictures failed` : "";
    process.stdout.write(
      `${bold(name)}  ${dim(`${splits.length} splits${failures}${about && `; ${about}`}`)}\n`,
    );
    for (const measure of measureNames) {
      // Another metric's unit is not that of the opinions.
      if (measure === "rmse" && !isModel) continue;
      const { mean, deviation, median } = agreement[measure];
      line(
        measureHeadings[measure],
        `${fixed(mean).padStart(6)} ± ${fixed(deviation)}`,
        `median ${fixed(median)}`,
      );
    }
  }
  for (const { method, srcc, plcc } of paperRows(dataset.name, mode, false)) {
    process.stdout.write(`${bold(method)}  ${dim("as the paper reports it")}\n`);
    line(measureHeadings.srcc, fixed(srcc).padStart(6), "");
    line(measureHeadings.plcc, fixed(plcc).padStart(6), "");
  }
}

function summaryOf({ dataset, part, mode, splits, items }: SplitsPlan, results: readonly Result[]) {
  return {
    dataset: dataset.title,
    part,
    mode,
    splits: splits.length,
    pictures: items.length,
    results: results.map(({ name, about, failed, agreement }) => ({
      name,
      ...(about && { about }),
      failed,
      ...agreement,
    })),
  };
}
