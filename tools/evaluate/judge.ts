/** Judges a set's pictures by the runtime, NR and FR: the slow part. What the log has is not judged again. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Progress } from "../../src/cli/progress.js";
import { rounded } from "../../src/cli/record.js";
import { decodeImage } from "../../src/image/decode.js";
import type { Rgba } from "../../src/image/resize.js";
import { groupBy } from "../../src/metrics/statistics.js";
import type { Model, Reference, Score } from "../../src/node/index.js";
import { pairs } from "../../src/text/vocabulary.js";
import { changes } from "./changes.js";
import { type Judgement, type Judgements, type ResultLog, unchanged } from "./result-log.js";
import type { EvaluationSet, Picture } from "./set.js";

/**
 * Every which distorted picture is also judged changed. It shares no factor with the number of strengths or of
 * distortions, so that all of them get their turn.
 */
const sampleEvery = 41;

/** The pictures that are also judged changed: every pristine one and a sample of the distorted ones. */
export function robustnessSample({ pictures }: EvaluationSet): Picture[] {
  const distorted = pictures.filter(({ distortion }) => distortion !== null);
  const sample = new Set(distorted.filter((_, i) => i % sampleEvery === 0));
  return pictures.filter((picture) => picture.distortion === null || sample.has(picture));
}

/** Judges what the log lacks, and adds it there. */
export async function judgeSet(set: EvaluationSet, model: Model, log: ResultLog): Promise<void> {
  const sample = robustnessSample(set);
  // One change after the other, so that the few picture sizes of each keep their programs.
  const passes: [change: string, pictures: Picture[], apply: (picture: Rgba) => Rgba][] = [
    [unchanged, set.pictures, (picture) => picture],
    ...Object.entries(changes).map(
      ([change, apply]) => [change, sample, apply] as [string, Picture[], typeof apply],
    ),
  ];
  const work = passes.flatMap(([change, pictures, apply]) =>
    [...groupBy(pictures, ({ photograph }) => photograph)].map(([photograph, all]) => ({
      photograph,
      change,
      apply,
      missing: all.filter(({ file }) => !log.get(file, change)),
    })),
  );
  const total = work.reduce((sum, { missing }) => sum + missing.length, 0);
  const progress = new Progress(total);
  const started = performance.now();
  let done = 0;
  for (const { photograph, change, apply, missing } of work) {
    if (missing.length === 0) continue;
    const read = async ({ file }: Picture) => apply(await readPicture(join(set.folder, file)));
    const pristine = set.pictures.find((p) => p.photograph === photograph && p.distortion === null)!;
    const reference = await model.reference(await read(pristine));
    for (const picture of missing) {
      progress.draw(done, `${picture.file} ${change}`);
      log.add(picture.file, change, await judge(model, reference, await read(picture)));
      done++;
    }
    reference.dispose();
    progress.clear();
    const each = (performance.now() - started) / 1000 / done;
    const left = Math.ceil((each * (total - done)) / 60);
    console.log(`${done}/${total} ${photograph} ${change}: ${each.toFixed(2)} s a picture, ${left} min left`);
  }
}

/** A PNG of 8 bits a channel. */
export async function readPicture(path: string): Promise<Rgba> {
  const { width, height, data } = await decodeImage(await readFile(path));
  if (data instanceof Uint16Array) throw new Error(`${path} has 16 bits a channel; a set has 8.`);
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

async function judge(model: Model, reference: Reference, picture: Rgba): Promise<Judgements> {
  const nr = await model.score(picture);
  const fr = await model.compare(reference, picture);
  return { nr: judgement(nr), fr: judgement(fr) };
}

function judgement({ score, adjectives }: Score): Judgement {
  const values = new Map(adjectives.map(({ word, value }) => [word, value]));
  return {
    score: rounded(score),
    readings: pairs.map(({ positive }) => {
      const value = values.get(positive);
      if (value === undefined) throw new Error(`The checkpoint does not know the word "${positive}".`);
      return rounded(value);
    }),
  };
}
