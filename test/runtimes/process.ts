/**
 * Scores pairs in a process of Node or Deno: `process.ts gpu|cpu PAIRS`, where PAIRS is a file of `writePairs`. Writes
 * the scores as JSON to the standard output.
 */
import { readFileSync } from "node:fs";
import { shippedCheckpoints } from "../../src/api/load.js";
import { loadModel } from "../../src/node/index.js";
import { type Executor, scorePairs } from "./scores.js";

const [executor, file] = process.argv.slice(2);
const scores = await scorePairs(
  loadModel,
  shippedCheckpoints,
  executor as Executor,
  readFileSync(file, "utf8"),
);
process.stdout.write(JSON.stringify(scores));
