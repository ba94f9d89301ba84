/** Scores of other metrics, from a table: `image` and a column for each metric. */
import { readFile } from "node:fs/promises";
import type { DatasetItem } from "../datasets/index.js";
import { damaged, missing } from "../datasets/problems.js";
import { readCsv, readNumber } from "../datasets/table.js";

/**
 * Each metric's scores by picture. Pictures are told by their path in the data set or, where only one has it, by their
 * file's name; rows of pictures that are not judged are passed over, and so are empty cells.
 * @throws DatasetError DATASET_FILE, DATASET_DAMAGED (of which a metric lacks scores of judged pictures, too).
 */
export async function readOthers(
  path: string,
  items: readonly DatasetItem[],
): Promise<Map<string, Map<string, number>>> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw missing(`${path} cannot be read: ${cause.message}.`, cause);
  });
  const rows = readCsv(text.replace(/^\ufeff/, ""), path, ["image"]);
  const images = byAnyName(items);
  const metrics = new Map<string, Map<string, number>>();
  for (const { cells, line } of rows) {
    const image = images.get(cells.image);
    if (image === undefined) continue;
    for (const [name, cell] of Object.entries(cells)) {
      if (name === "image" || cell === "") continue;
      const scores = metrics.get(name) ?? new Map<string, number>();
      metrics.set(name, scores.set(image, readNumber(cell, `${path}, line ${line}`)));
    }
  }
  if (metrics.size === 0) throw damaged(path, "it has no score of a picture that is judged.");
  for (const [name, scores] of metrics) {
    const absent = items.filter(({ image }) => !scores.has(image));
    if (absent.length === 0) continue;
    throw damaged(path, `${name} lacks ${absent.length} pictures, of which one is ${absent[0].image}.`);
  }
  return metrics;
}

/** Paths; and names of files that only one path has. */
function byAnyName(items: readonly DatasetItem[]): Map<string, string> {
  const names = new Map<string, string[]>();
  for (const { image } of items) {
    const name = image.slice(image.lastIndexOf("/") + 1);
    names.set(name, [...(names.get(name) ?? []), image]);
  }
  const unique = [...names].filter(([, images]) => images.length === 1);
  return new Map([
    ...unique.map(([name, [image]]) => [name, image] as const),
    ...items.map(({ image }) => [image, image] as const),
  ]);
}
