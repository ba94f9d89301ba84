/**
 * Measures what storing in half precision does to the scores of an evaluation set.
 *
 *     npm run eval:precision -- --set tools/train/runs/kodak [--every 1] [--adapter auto]
 *
 * Judges every so many of the set's pictures in f32 and in f16, NR and FR, and prints how far apart the scores are.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Progress } from "../../src/cli/progress.js";
import { groupBy } from "../../src/metrics/statistics.js";
import { type AdapterMode, loadModel } from "../../src/node/index.js";
import { readPicture } from "./judge.js";
import { readSet } from "./set.js";

const { values } = parseArgs({
  options: {
    set: { type: "string" },
    every: { type: "string", default: "1" },
    adapter: { type: "string", default: "auto" },
  },
});
if (values.set === undefined) throw new Error("Name the evaluation set with --set.");

const { folder, pictures } = readSet(values.set);
const sample = pictures.filter((_, i) => i % Number(values.every) === 0);
const adapter = values.adapter as AdapterMode;
const full = await loadModel(undefined, { adapter });
const half = await loadModel(undefined, { adapter, precision: "f16" });
if (half.precision !== "f16") process.exit(1);

const progress = new Progress(sample.length);
const differences = { nr: [] as number[], fr: [] as number[] };
for (const [photograph, some] of groupBy(sample, (picture) => picture.photograph)) {
  const pristine = pictures.find((p) => p.photograph === photograph && p.distortion === null)!;
  const reference = await readPicture(join(folder, pristine.file));
  const references = await Promise.all([full, half].map((model) => model.reference(reference)));
  for (const { file } of some) {
    progress.draw(differences.nr.length, file);
    const picture = await readPicture(join(folder, file));
    differences.nr.push((await half.score(picture)).score - (await full.score(picture)).score);
    const [inFull, inHalf] = references;
    differences.fr.push(
      (await half.compare(inHalf, picture)).score - (await full.compare(inFull, picture)).score,
    );
  }
  for (const kept of references) kept.dispose();
}
progress.clear();
console.log(`${sample.length} pictures on ${half.adapter}; |score in f16 − score in f32|:`);
for (const [mode, values] of Object.entries(differences)) {
  const sizes = values.map(Math.abs);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  console.log(`  ${mode}: mean ${mean.toExponential(1)}, largest ${Math.max(...sizes).toExponential(1)}`);
}
process.exit(0);
