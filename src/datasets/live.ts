/**
 * LIVE Image Quality Assessment Database, release 2: 29 references, 779 pictures under five distortions, DMOS in which
 * lower is better. `dmos_realigned.mat` (its `dmos_new` is what papers use) or `dmos.mat`, `refnames_all.mat`, and a
 * folder of `img1.bmp`, `img2.bmp`, … for each distortion. The labels go through the folders one after the other; those
 * of undistorted pictures (`orgs`) are left out.
 */
import type { Loader, Row } from "./dataset.js";
import type { Folder } from "./folder.js";
import { matNumbers, matTexts, readMat } from "./mat.js";
import { damaged } from "./problems.js";

/** Folders in the order of the labels, with how many each has. */
const published: readonly [folder: string, count: number][] = [
  ["jp2k", 227],
  ["jpeg", 233],
  ["wn", 174],
  ["gblur", 174],
  ["fastfading", 174],
];

const namesFile = "refnames_all.mat";

export const live: Loader = {
  name: "live",
  title: "LIVE",
  signature: [namesFile],
  range: [100, 0],

  async read(folder) {
    const realigned = await folder.find("dmos_realigned.mat");
    const [file, variable] = realigned ? [realigned, "dmos_new"] : ["dmos.mat", "dmos"];
    const labels = readMat(await folder.bytes(file), file);
    const opinions = matNumbers(labels, variable, file);
    const originals = matNumbers(labels, "orgs", file);
    const references = matTexts(readMat(await folder.bytes(namesFile), namesFile), "refnames_all", namesFile);
    const places = await placesOf(folder, opinions.length);
    if (originals.length !== places.length || references.length !== places.length) {
      throw damaged(
        file,
        `it has ${opinions.length} opinions, for ${references.length} references in ${namesFile} and ${places.length} pictures.`,
      );
    }
    return places.flatMap(({ distortion, image }, i): Row[] =>
      originals[i] !== 0
        ? []
        : [{ images: [image], reference: `refimgs/${references[i]}`, raw: opinions[i], distortion }],
    );
  },
};

/** The pictures in the labels' order: as many a folder as were published, or as there are in a part of the data set. */
async function placesOf(folder: Folder, total: number): Promise<{ distortion: string; image: string }[]> {
  const whole = published.reduce((sum, [, count]) => sum + count, 0) === total;
  const counts = await Promise.all(
    published.map(async ([name, count]) => {
      if (whole) return count;
      const names = await folder.names(name);
      return names.filter((file) => /^img\d+\.bmp$/i.test(file)).length;
    }),
  );
  return published.flatMap(([distortion], f) =>
    Array.from({ length: counts[f] }, (_, i) => ({ distortion, image: `${distortion}/img${i + 1}.bmp` })),
  );
}
