/**
 * TID2013: 25 references, 3,000 pictures under 24 distortions of five levels, MOS in 0..9. `mos_with_names.txt` (an
 * opinion and `I01_01_1.bmp` a line: reference, distortion, level), `distorted_images/` and `reference_images/`. The case
 * of names differs between the labels and the files.
 */
import type { Loader } from "./dataset.js";
import { damaged } from "./problems.js";
import { readNumber } from "./table.js";

const file = "mos_with_names.txt";

const distortions = [
  "additive Gaussian noise",
  "noise in colour components",
  "spatially correlated noise",
  "masked noise",
  "high-frequency noise",
  "impulse noise",
  "quantisation noise",
  "Gaussian blur",
  "denoising",
  "JPEG",
  "JPEG 2000",
  "JPEG transmission errors",
  "JPEG 2000 transmission errors",
  "non-eccentricity pattern noise",
  "local block-wise distortions",
  "mean shift",
  "contrast change",
  "saturation change",
  "multiplicative noise",
  "comfort noise",
  "lossy compression of noise",
  "colour quantisation with dither",
  "chromatic aberrations",
  "sparse sampling",
];

export const tid2013: Loader = {
  name: "tid2013",
  title: "TID2013",
  signature: [file],
  range: [0, 9],

  async read(folder) {
    const lines = (await folder.text(file)).split(/\r?\n/);
    return lines.flatMap((line, i) => {
      if (line.trim() === "") return [];
      const where = `${file}, line ${i + 1}`;
      const [, opinion, name, reference, kind, level] =
        /^\s*(\S+)\s+((i\d\d)_(\d\d)_(\d)\.bmp)\s*$/i.exec(line) ?? [];
      const distortion = distortions[Number(kind) - 1];
      if (distortion === undefined) throw damaged(where, "this is no opinion with a picture's name.");
      return {
        images: [`distorted_images/${name}`],
        reference: `reference_images/${reference}.bmp`,
        raw: readNumber(opinion, where),
        distortion,
        level: Number(level),
      };
    });
  },
};
