/**
 * SPAQ: 11,125 photographs of 66 phones, MOS in 0..100, judged at a shorter side of 448 pixels, as in the paper.
 * `Annotations/MOS and Image attribute scores.xlsx` (`Image name`, `MOS` and more) and `TestImage/`.
 */
import type { Loader } from "./dataset.js";
import { damaged } from "./problems.js";
import { readNumber } from "./table.js";
import { readXlsx } from "./xlsx.js";

const file = "Annotations/MOS and Image attribute scores.xlsx";

export const spaq: Loader = {
  name: "spaq",
  title: "SPAQ",
  signature: [file],
  range: [0, 100],
  shortSide: 448,

  async read(folder) {
    const [header = [], ...rows] = await readXlsx(await folder.bytes(file), file);
    const [image, opinion] = ["Image name", "MOS"].map((name) => header.indexOf(name));
    if (image < 0 || opinion < 0) throw damaged(file, "the first row has no columns Image name and MOS.");
    return rows.flatMap((row, i) =>
      row[image] === undefined
        ? []
        : { images: [`TestImage/${row[image]}`], raw: readNumber(row[opinion], `${file}, row ${i + 2}`) },
    );
  },
};
