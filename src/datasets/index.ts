/** Data sets of rated pictures, as they are downloaded. Node only: nothing of the package's entries imports this. */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { DatasetError } from "../errors.js";
import { clive } from "./clive.js";
import { csiq } from "./csiq.js";
import { anywhereFrom, readCustom } from "./custom.js";
import { type Dataset, itemsOf, type Loader } from "./dataset.js";
import { flive } from "./flive.js";
import { Folder } from "./folder.js";
import { kadid10k } from "./kadid10k.js";
import { koniq10k } from "./koniq10k.js";
import { live } from "./live.js";
import { pipal } from "./pipal.js";
import { missing } from "./problems.js";
import { spaq } from "./spaq.js";
import { tid2013 } from "./tid2013.js";

export type { Dataset, DatasetItem, Part } from "./dataset.js";
export { type Seed, splitOf } from "./split.js";

export const loaders: readonly Loader[] = [
  live,
  csiq,
  tid2013,
  kadid10k,
  pipal,
  clive,
  koniq10k,
  spaq,
  flive,
];

export interface OpenOptions {
  /** Of a table of one's own: the opinions that mean 0 and 1. 0 and 1 by default. */
  range?: readonly [worst: number, best: number];
}

/**
 * Reads a data set's labels and finds its pictures, of which none is opened.
 * @param path A data set's folder, or a CSV file.
 * @throws DatasetError DATASET_FILE, DATASET_DAMAGED, DATASET_UNKNOWN (the folder is none that is known).
 */
export async function openDataset(path: string, { range = [0, 1] }: OpenOptions = {}): Promise<Dataset> {
  const found = await stat(path).catch((cause: Error) => {
    throw missing(`${path} cannot be read: ${cause.message}.`, cause);
  });
  if (!found.isDirectory()) {
    const folder = new Folder(dirname(path));
    const file = basename(path);
    const title = file.replace(/\.csv$/i, "");
    const items = await itemsOf(await readCustom(folder, file), anywhereFrom(folder.path), { title, range });
    return { name: title, title, folder: folder.path, items };
  }
  const folder = new Folder(path);
  for (const loader of loaders) {
    if ((await folder.findFirst(loader.signature)) === undefined) continue;
    const { name, title, shortSide } = loader;
    const items = await itemsOf(await loader.read(folder), folder, loader);
    return { name, title, folder: path, items, ...(shortSide !== undefined && { shortSide }) };
  }
  const known = loaders.map(({ title, signature }) => `${title} (${signature[0]})`).join(", ");
  throw new DatasetError(
    "DATASET_UNKNOWN",
    `${path} is no data set that is known.`,
    `Name the folder in which one of these is: ${known}; or a CSV with the columns image and mos.`,
  );
}
