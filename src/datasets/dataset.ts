/** What a data set of rated pictures is, whoever made it: pictures, opinions on one scale, and what belongs together. */

import type { Folder } from "./folder.js";
import { damaged, missing } from "./problems.js";

export type Part = "train" | "validation" | "test";

/** A rated picture. */
export interface DatasetItem {
  /** Its path in the data set's folder, with "/". */
  image: string;
  /** The undistorted picture's; only in data sets that have them. */
  reference?: string;
  /** Mean opinion, higher is better: 0..1 over the scale of the data set. LIVE's realigned opinions go a little beyond. */
  mos: number;
  /** As the data set has it. */
  raw: number;
  distortion?: string;
  /** The distortion's strength, as the data set counts it: 1 or 0 the weakest, in TID2013 and KADID-10k. */
  level?: number;
  /** Pictures of one group stand on one side of a split: those of one reference, or one picture alone. */
  group: string;
  /** The side of the split that its authors published, where they did. */
  part?: Part;
}

export interface Dataset {
  /** Lower case, as in file names. */
  name: string;
  /** As people write it. */
  title: string;
  /** Absolute or relative, as it was given. */
  folder: string;
  items: DatasetItem[];
  /** Pictures are brought to this shorter side, in pixels, before they are judged. */
  shortSide?: number;
}

/** A row of a data set's labels, before its files are looked up. */
export interface Row {
  /** Where the picture may be: the first path that is there is taken. */
  images: readonly string[];
  reference?: string;
  raw: number;
  distortion?: string;
  level?: number;
  part?: Part;
}

/** How one data set is read. */
export interface Loader {
  name: string;
  title: string;
  /** Files, one of which tells that a folder is this data set. */
  signature: readonly string[];
  /** The opinions that mean 0 and 1; the first is the greater where lower is better. */
  range: readonly [worst: number, best: number];
  shortSide?: number;
  /** Its labels, in the order of its files. */
  read(folder: Folder): Promise<Row[]>;
}

/** Where pictures are looked for. */
export type Finder = Pick<Folder, "path" | "findFirst">;

/** How far beyond its scale an opinion may lie, in scales, before it is taken for damage. */
const slack = 0.25;

/**
 * Finds the files of rows, and brings their opinions to one scale.
 * @throws DatasetError DATASET_FILE (files are missing; the first is named), DATASET_DAMAGED (an opinion is far off the
 * scale, a picture has two, or there are none).
 */
export async function itemsOf(
  rows: readonly Row[],
  folder: Finder,
  { title, range: [worst, best] }: Pick<Loader, "title" | "range">,
): Promise<DatasetItem[]> {
  if (rows.length === 0) throw damaged(folder.path, `the labels of ${title} are empty.`);
  const absent = new Set<string>();
  const find = async (paths: readonly string[]) => {
    const found = await folder.findFirst(paths);
    if (found === undefined) absent.add(paths[0]);
    return found ?? paths[0];
  };
  const seen = new Set<string>();
  const items: DatasetItem[] = [];
  for (const { images, reference: wanted, raw, distortion, level, part } of rows) {
    const image = await find(images);
    const reference = wanted === undefined ? undefined : await find([wanted]);
    const mos = (raw - worst) / (best - worst);
    if (!(mos >= -slack && mos <= 1 + slack)) {
      throw damaged(
        image,
        `its opinion ${raw} is not in ${Math.min(worst, best)}..${Math.max(worst, best)}.`,
      );
    }
    if (seen.has(image)) throw damaged(image, `the labels of ${title} have it twice.`);
    seen.add(image);
    items.push({
      image,
      ...(reference !== undefined && { reference }),
      ...{ mos, raw },
      ...(distortion !== undefined && { distortion }),
      ...(level !== undefined && { level }),
      group: reference ?? image,
      ...(part !== undefined && { part }),
    });
  }
  if (absent.size > 0) {
    const [first] = absent;
    const others = absent.size > 1 ? `, and ${absent.size - 1} more` : "";
    throw missing(`${first} is missing in ${folder.path}${others}.`);
  }
  return items;
}
