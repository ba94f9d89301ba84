/** A table of one's own: `image,mos`, with `reference` and `distortion` where there are such. Paths are relative to it. */
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import type { Finder, Row } from "./dataset.js";
import type { Folder } from "./folder.js";
import { readCsv, readNumber } from "./table.js";

/** @throws DatasetError DATASET_FILE, DATASET_DAMAGED. */
export async function readCustom(folder: Folder, file: string): Promise<Row[]> {
  const rows = readCsv(await folder.text(file), file, ["image", "mos"]);
  return rows.map(({ cells: { image, mos, reference, distortion }, line }) => ({
    images: [image],
    ...(reference && { reference }),
    raw: readNumber(mos, `${file}, line ${line}`),
    ...(distortion && { distortion }),
  }));
}

/** Takes paths as they are, which may lead anywhere. */
export function anywhereFrom(path: string): Finder {
  return {
    path,
    findFirst: async ([file]) =>
      access(resolve(path, file)).then(
        () => file,
        () => undefined,
      ),
  };
}
