/** From an evaluation set and a pair of checkpoints to the report. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BackendOptions, loadModel } from "../../src/node/index.js";
import type { Judged } from "./agreement.js";
import { analyse } from "./analysis.js";
import { failureSheet } from "./failures.js";
import { judgeSet } from "./judge.js";
import { calibrationPlot, ladderPlot, spreadPlot } from "./plots.js";
import { report } from "./report.js";
import { ResultLog, unchanged } from "./result-log.js";
import { readSet } from "./set.js";

export interface EvaluateOptions {
  /** Folder of the set, of the checkpoints, and for the report. */
  set: string;
  weights: string;
  out: string;
  adapter?: BackendOptions["adapter"];
  /** Photographs to take; all by default. */
  limit?: number;
  /** Go on with an interrupted run's results. */
  resume?: boolean;
  /** Folder for the results so far. */
  cache?: string;
}

/** Distortions that everybody knows, for the plot of ladders. */
const wellKnown = ["gaussian_blur", "white_noise", "jpeg", "darken", "desaturation", "contrast_change"];

export async function evaluate({
  weights,
  out,
  adapter,
  resume = false,
  cache = ".cache",
  ...options
}: EvaluateOptions): Promise<void> {
  const set = readSet(options.set, options.limit);
  const paths = {
    nr: join(weights, "bpclip-s-nr.safetensors"),
    fr: join(weights, "bpclip-s-fr.safetensors"),
  };
  const checkpoints = { nr: checkpointId(paths.nr), fr: checkpointId(paths.fr) };
  const model = await loadModel(paths, { adapter });
  try {
    // Adapters differ in the last digits, so each has a log of its own.
    const key = [checkpoints.nr, checkpoints.fr, set.sha256, model.adapter].join("\n");
    const log = new ResultLog(join(cache, `eval-${sha256(key).slice(0, 12)}.jsonl`), resume);
    if (log.size > 0) console.log(`going on after ${log.size} results`);
    await judgeSet(set, model, log);

    const pictures: Judged[] = set.pictures.map((picture) => ({
      ...picture,
      ...log.get(picture.file, unchanged)!,
    }));
    const date = new Date().toISOString().slice(0, 10);
    const analysis = analyse(set, pictures, log, { adapter: model.adapter, checkpoints, date });
    const folder = join(out, "evaluation");
    const ladders = analysis.distortions.filter(({ distortion }) => wellKnown.includes(distortion));
    const files = {
      "spread.svg": spreadPlot(pictures),
      "calibration.svg": calibrationPlot(pictures, analysis, set.families),
      "ladders.svg": ladderPlot(ladders, set.strengths),
      ...(set.publishable && { "failures.svg": await failureSheet(set.folder, pictures) }),
      "results.json": `${JSON.stringify(analysis, rounded)}\n`,
    };
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    writeFileSync(join(out, "EVALUATION.md"), report(analysis));
    console.log(`written: ${join(out, "EVALUATION.md")}`);
  } finally {
    model.dispose();
  }
}

/** As results name a checkpoint: the first digits of its file's SHA-256. */
function checkpointId(path: string): string {
  return sha256(readFileSync(path)).slice(0, 12);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** For JSON.stringify. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(4)) : value;
}
