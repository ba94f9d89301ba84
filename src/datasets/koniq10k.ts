/**
 * KonIQ-10k: 10,073 photographs as they are, MOS in 0..100. `koniq10k_distributions_sets.csv` has the opinions and the
 * official split; `koniq10k_scores_and_distributions.csv`, which comes with the pictures, has opinions of 1..5 as `MOS` and
 * of 0..100 as `MOS_zscore`, and no split. `1024x768/`, or the half-size `512x384/`.
 */
import type { Loader, Part } from "./dataset.js";
import { damaged } from "./problems.js";
import { readCsv, readNumber } from "./table.js";

const setsFile = "koniq10k_distributions_sets.csv";
const scoresFile = "koniq10k_scores_and_distributions.csv";

const parts: Record<string, Part> = { training: "train", validation: "validation", test: "test" };

export const koniq10k: Loader = {
  name: "koniq10k",
  title: "KonIQ-10k",
  signature: [setsFile, scoresFile],
  range: [0, 100],

  async read(folder) {
    const withSets = (await folder.find(setsFile)) !== undefined;
    const [file, opinion] = withSets ? [setsFile, "MOS"] : [scoresFile, "MOS_zscore"];
    const rows = readCsv(await folder.text(file), file, [
      "image_name",
      opinion,
      ...(withSets ? ["set"] : []),
    ]);
    return rows.map(({ cells, line }) => {
      const where = `${file}, line ${line}`;
      const part = withSets ? parts[cells.set] : undefined;
      if (withSets && part === undefined) throw damaged(where, `there is no set "${cells.set}".`);
      return {
        images: [`1024x768/${cells.image_name}`, `512x384/${cells.image_name}`],
        raw: readNumber(cells[opinion], where),
        part,
      };
    });
  },
};
