/**
 * KADID-10k: 81 references, 10,125 pictures under 25 distortions of five levels, opinions in 1..5. They are called DMOS,
 * and higher is better all the same. `dmos.csv` (`dist_img,ref_img,dmos,var`) and `images/`; a picture's name is
 * `I01_01_01.png`: reference, distortion, level.
 */
import type { Loader } from "./dataset.js";
import { damaged } from "./problems.js";
import { readCsv, readNumber } from "./table.js";

const file = "dmos.csv";

const distortions = [
  "Gaussian blur",
  "lens blur",
  "motion blur",
  "colour diffusion",
  "colour shift",
  "colour quantisation",
  "colour saturation 1",
  "colour saturation 2",
  "JPEG 2000",
  "JPEG",
  "white noise",
  "white noise in colour components",
  "impulse noise",
  "multiplicative noise",
  "denoising",
  "brighten",
  "darken",
  "mean shift",
  "jitter",
  "non-eccentricity patch",
  "pixelate",
  "quantisation",
  "colour block",
  "high sharpen",
  "contrast change",
];

export const kadid10k: Loader = {
  name: "kadid10k",
  title: "KADID-10k",
  signature: [file],
  range: [1, 5],

  async read(folder) {
    const rows = readCsv(await folder.text(file), file, ["dist_img", "ref_img", "dmos"]);
    return rows.map(({ cells, line }) => {
      const where = `${file}, line ${line}`;
      const [, kind, level] = /^I\d\d_(\d\d)_(\d\d)\.png$/i.exec(cells.dist_img) ?? [];
      const distortion = distortions[Number(kind) - 1];
      if (distortion === undefined) throw damaged(where, `"${cells.dist_img}" is no picture's name.`);
      return {
        images: [`images/${cells.dist_img}`],
        reference: `images/${cells.ref_img}`,
        raw: readNumber(cells.dmos, where),
        distortion,
        level: Number(level),
      };
    });
  },
};
