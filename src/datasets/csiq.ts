/**
 * CSIQ: 30 references, 866 pictures under six distortions, DMOS in 0..1 in which lower is better. `csiq.DMOS.xlsx` with
 * the sheet `all_by_image`, `src_imgs/` and `dst_imgs/<distortion>/<reference>.<DISTORTION>.<level>.png`.
 */
import type { Loader } from "./dataset.js";
import { damaged } from "./problems.js";
import { readNumber } from "./table.js";
import { readXlsx } from "./xlsx.js";

const file = "csiq.DMOS.xlsx";
const columns = ["image", "dst_type", "dst_lev", "dmos"] as const;

/** The labels' names of distortions, with the folder and the part of a file's name that they stand for. */
const distortions: Record<string, [folder: string, infix: string]> = {
  noise: ["awgn", "AWGN"],
  blur: ["blur", "BLUR"],
  contrast: ["contrast", "contrast"],
  fnoise: ["fnoise", "fnoise"],
  jpeg: ["jpeg", "JPEG"],
  "jpeg 2000": ["jpeg2000", "jpeg2000"],
};

export const csiq: Loader = {
  name: "csiq",
  title: "CSIQ",
  signature: [file],
  range: [1, 0],

  async read(folder) {
    const rows = await readXlsx(await folder.bytes(file), file, "all_by_image");
    // Notes may stand above the header, and empty columns before it.
    const head = rows.findIndex((row) => columns.every((name) => row.includes(name)));
    if (head < 0) throw damaged(file, `the sheet "all_by_image" has no header with ${columns.join(", ")}.`);
    const at = columns.map((name) => rows[head].indexOf(name));
    return rows.slice(head + 1).flatMap((row, i) => {
      const [image, type, level, dmos] = at.map((column) => row[column]);
      if (image === undefined) return [];
      const where = `${file}, row ${i + 1} below the header`;
      const kind = distortions[String(type)];
      if (!kind) throw damaged(where, `there is no distortion "${type}".`);
      const [name, infix] = kind;
      return {
        images: [`dst_imgs/${name}/${image}.${infix}.${level}.png`],
        reference: `src_imgs/${image}.png`,
        raw: readNumber(dmos, where),
        distortion: name,
        level: readNumber(level, where),
      };
    });
  },
};
