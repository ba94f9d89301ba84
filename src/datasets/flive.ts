/**
 * FLIVE (PaQ-2-PiQ): 39,810 photographs as they are, MOS in 0..100. `labels_image.csv` (`name,mos` and more), whose names
 * have a folder in them, and the pictures in `database/` or beside the labels. The labels of patches are not used.
 */
import type { Loader } from "./dataset.js";
import { readCsv, readNumber } from "./table.js";

const file = "labels_image.csv";

export const flive: Loader = {
  name: "flive",
  title: "FLIVE",
  signature: [file],
  range: [0, 100],

  async read(folder) {
    const rows = readCsv(await folder.text(file), file, ["name", "mos"]);
    return rows.map(({ cells: { name, mos }, line }) => ({
      images: [`database/${name}`, name],
      raw: readNumber(mos, `${file}, line ${line}`),
    }));
  },
};
