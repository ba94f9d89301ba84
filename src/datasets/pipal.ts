/**
 * PIPAL, the part whose opinions are public (NTIRE's training part): 200 references, 23,200 pictures under distortions and
 * restorations, Elo ratings of about 930 to 1840. `Train_Label/A0001.txt` (`A0001_00_00.bmp,1448.9585` a line: reference,
 * kind of distortion, distortion), `Train_Ref/`, and `Train_Dist/` or the archives' own `Distortion_1/` to `Distortion_4/`.
 */
import type { Loader, Row } from "./dataset.js";
import { damaged } from "./problems.js";
import { readNumber } from "./table.js";

const labels = "Train_Label";
const folders = ["Train_Dist", "Distortion_1", "Distortion_2", "Distortion_3", "Distortion_4"];

const kinds = [
  "traditional distortions",
  "traditional super-resolution",
  "PSNR-oriented super-resolution",
  "super-resolution with kernel mismatch",
  "GAN-based super-resolution",
  "denoising",
  "denoising and super-resolution",
];

export const pipal: Loader = {
  name: "pipal",
  title: "PIPAL",
  signature: [labels],
  range: [900, 1900],

  async read(folder) {
    const rows: Row[] = [];
    for (const name of await folder.names(labels)) {
      if (!/\.txt$/i.test(name)) continue;
      const file = `${labels}/${name}`;
      for (const [i, line] of (await folder.text(file)).split(/\r?\n/).entries()) {
        if (line.trim() === "") continue;
        const where = `${file}, line ${i + 1}`;
        const [, image, reference, kind, opinion] =
          /^\s*((A\d{4})_(\d\d)_\d\d\.bmp)\s*,\s*(\S+)\s*$/i.exec(line) ?? [];
        const distortion = kinds[Number(kind)];
        if (distortion === undefined) throw damaged(where, "this is no picture's name with an opinion.");
        rows.push({
          images: folders.map((place) => `${place}/${image}`),
          reference: `Train_Ref/${reference}.bmp`,
          raw: readNumber(opinion, where),
          distortion,
        });
      }
    }
    return rows;
  },
};
