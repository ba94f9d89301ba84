/**
 * CLIVE (LIVE In the Wild Image Quality Challenge): 1,162 photographs of phones as they are, MOS in 0..100.
 * `Data/AllImages_release.mat`, `Data/AllMOS_release.mat` and `Images/`. Seven more, `t1.bmp` to `t7.bmp`, by which raters
 * were trained, stand first in the labels and are left out, as everywhere.
 */
import type { Loader, Row } from "./dataset.js";
import { matNumbers, matTexts, readMat } from "./mat.js";
import { damaged } from "./problems.js";

const imagesFile = "Data/AllImages_release.mat";
const opinionsFile = "Data/AllMOS_release.mat";

export const clive: Loader = {
  name: "clive",
  title: "CLIVE",
  signature: [opinionsFile],
  range: [0, 100],

  async read(folder) {
    const names = matTexts(
      readMat(await folder.bytes(imagesFile), imagesFile),
      "AllImages_release",
      imagesFile,
    );
    const opinions = matNumbers(
      readMat(await folder.bytes(opinionsFile), opinionsFile),
      "AllMOS_release",
      opinionsFile,
    );
    if (names.length !== opinions.length) {
      throw damaged(opinionsFile, `it has ${opinions.length} opinions of ${names.length} pictures.`);
    }
    return names.flatMap((name, i): Row[] =>
      /^t\d\./i.test(name) ? [] : [{ images: [`Images/${name}`], raw: opinions[i] }],
    );
  },
};
