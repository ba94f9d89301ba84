/**
 * Scores ladders of distorted photographs through the TypeScript runtime and prints, for each distortion, how well the
 * scores rank the strengths.
 *
 *     npm run evaluate:ladders -- [--data ../shared/data] [--side 448] [--weights weights] [--adapter auto]
 *         [--limit 1000]
 *
 * Reads the validation photographs that the data folder's photos.csv lists, reduced to a longer side of at most
 * `side` pixels. Prints one line a photograph, then a table, and writes everything to .cache/ladders.json.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import jpeg from "jpeg-js";
import { loadModel, srcc } from "../../src/node/index.js";
import { ladders, levels, type Rgb, shrink } from "./distort.js";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    side: { type: "string", default: "448" },
    weights: { type: "string", default: "weights" },
    adapter: { type: "string", default: "auto" },
    limit: { type: "string", default: "1000" },
  },
});

const photos = readFileSync(join(values.data, "photos.csv"), "utf8")
  .split("\n")
  .map((line) => line.split(","))
  .filter(([, , , split]) => split === "val")
  .map(([file]) => file)
  .slice(0, Number(values.limit));

function readPhoto(file: string): Rgb {
  const { width, height, data } = jpeg.decode(readFileSync(join(values.data, file)), {
    useTArray: true,
    formatAsRGBA: false,
  });
  return shrink({ width, height, data }, Math.ceil(Math.max(width, height) / Number(values.side)));
}

const model = await loadModel(
  {
    nr: join(values.weights, "bpclip-s-nr.safetensors"),
    fr: join(values.weights, "bpclip-s-fr.safetensors"),
  },
  { adapter: values.adapter as "auto" },
);
const started = performance.now();
const results = [];
for (const [i, file] of photos.entries()) {
  const photo = readPhoto(file);
  const input = { ...photo, channels: 3 as const };
  const reference = await model.reference(input);
  const pristine = {
    nr: (await model.score(input)).score,
    fr: (await model.compare(reference, input)).score,
  };
  for (const [distortion, distort] of Object.entries(ladders)) {
    const scores = { nr: [] as number[], fr: [] as number[] };
    for (const level of levels) {
      const distorted = { ...distort(photo, level), channels: 3 as const };
      scores.nr.push((await model.score(distorted)).score);
      scores.fr.push((await model.compare(reference, distorted)).score);
    }
    const rank = (mode: "nr" | "fr") =>
      srcc(
        scores[mode],
        levels.map((level) => -level),
      );
    results.push({ file, distortion, pristine, scores, srcc: { nr: rank("nr"), fr: rank("fr") } });
  }
  reference.dispose();
  const seconds = (performance.now() - started) / 1000;
  const left = Math.round((seconds / (i + 1)) * (photos.length - i - 1));
  const ranks = results.slice(-3).map(({ srcc }) => `${srcc.nr.toFixed(1)}/${srcc.fr.toFixed(1)}`);
  console.log(`${i + 1}/${photos.length} ${file} nr/fr ${ranks.join(" ")}  ${left} s left`);
}

const mean = (numbers: number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
console.log(`\n${model.adapter}; ${photos.length} photographs, mean SRCC of a ladder of five strengths:`);
for (const distortion of [...Object.keys(ladders), undefined]) {
  const rows = results.filter((row) => !distortion || row.distortion === distortion);
  const [nr, fr] = (["nr", "fr"] as const).map((mode) => mean(rows.map((row) => row.srcc[mode])));
  console.log(`${(distortion ?? "all").padEnd(8)} NR ${nr.toFixed(4)}  FR ${fr.toFixed(4)}`);
}
const topped = results.filter(({ pristine, scores }) => scores.fr.every((score) => score < pristine.fr));
console.log(`the pristine pair is the ladder's best in FR: ${topped.length} of ${results.length} ladders`);
mkdirSync(".cache", { recursive: true });
writeFileSync(".cache/ladders.json", JSON.stringify(results, null, 1));
model.dispose();
