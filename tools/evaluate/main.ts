/**
 * Scores an evaluation set (tools/train/test_set.py writes one) through the TypeScript runtime, and writes
 * EVALUATION.md with its plots and numbers in `evaluation/` beside it.
 *
 *     npm run eval:model -- --set tools/train/runs/kodak [--weights weights] [--out weights] [--adapter auto]
 *         [--limit photographs] [--resume]
 *
 * What is judged goes to .cache/eval-….jsonl at once; --resume goes on with it after an interruption.
 */
import { parseArgs } from "node:util";
import { evaluate } from "./evaluate.js";

const { values } = parseArgs({
  options: {
    set: { type: "string" },
    weights: { type: "string", default: "weights" },
    out: { type: "string", default: "weights" },
    adapter: { type: "string", default: "auto" },
    limit: { type: "string" },
    resume: { type: "boolean", default: false },
  },
});
if (!values.set) throw new Error("Name the evaluation set's folder: --set DIR.");

await evaluate({
  ...values,
  set: values.set,
  adapter: values.adapter as "auto",
  limit: values.limit === undefined ? undefined : Number(values.limit),
});
