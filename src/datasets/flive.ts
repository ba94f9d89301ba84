/**
 * FLIVE (PaQ-2-PiQ): 39,810 photographs as they are, MOS in 0..100. `labels_image.csv` (`name,mos` and more), whose names
 * have a folder in them, and the pictures in `database/` or beside the labels. The labels of patches are not used. The
 * official split is in two more tables, `name_image` and more, beside the labels or in `database/`: `labels640.csv` (also
 * `labels>640.csv`) has the pictures with a side of more than 640 pixels, which are for tests; `labels=640_padded.csv`
 * (also `labels<=640_padded.csv`) has the others, of which `is_valid` are for validation.
 */
import type { Loader, Part } from "./dataset.js";
import type { Folder } from "./folder.js";
import { readCsv, readNumber } from "./table.js";

const file = "labels_image.csv";
const testFiles = besideOrBelow("labels640.csv", "labels>640.csv");
const trainingFiles = besideOrBelow("labels=640_padded.csv", "labels<=640_padded.csv");

export const flive: Loader = {
  name: "flive",
  title: "FLIVE",
  signature: [file],
  range: [0, 100],

  async read(folder) {
    const rows = readCsv(await folder.text(file), file, ["name", "mos"]);
    const partOf = await readSplit(folder);
    return rows.map(({ cells: { name, mos }, line }) => ({
      images: [`database/${name}`, name],
      raw: readNumber(mos, `${file}, line ${line}`),
      part: partOf?.(name),
    }));
  },
};

function besideOrBelow(...names: string[]): string[] {
  return names.flatMap((name) => [name, `database/${name}`]);
}

/** The part of a picture by its name; undefined where the tables of the official split are not there. */
async function readSplit(folder: Folder): Promise<((name: string) => Part) | undefined> {
  const [test, training] = await Promise.all(
    [testFiles, trainingFiles].map((files) => folder.findFirst(files)),
  );
  if (test === undefined || training === undefined) return undefined;
  const forTests = new Set(
    readCsv(await folder.text(test), test, ["name_image"]).map(({ cells }) => cells.name_image),
  );
  const forValidation = new Set(
    readCsv(await folder.text(training), training, ["name_image", "is_valid"])
      .filter(({ cells }) => /^(true|1)$/i.test(cells.is_valid))
      .map(({ cells }) => cells.name_image),
  );
  return (name) => (forTests.has(name) ? "test" : forValidation.has(name) ? "validation" : "train");
}
