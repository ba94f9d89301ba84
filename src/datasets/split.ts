/**
 * Splits of a data set into parts that share no reference. A group's place is the SHA-256 of the seed and its name, so
 * that a split depends neither on the order of the labels nor on a language's random numbers: tools/train/datasets.py
 * splits alike.
 */
import { createHash } from "node:crypto";
import { DatasetError } from "../errors.js";
import type { Dataset, DatasetItem, Part } from "./dataset.js";

/** How a data set is split: by a seed, or as its authors did. */
export type Seed = number | "official";

/** Tenths of the groups that are trained on and, full-reference only, validated on; the rest is for tests. */
const tenths = { fr: { train: 6, validation: 2 }, nr: { train: 8, validation: 0 } } as const;

/**
 * The items of one part, in the data set's order.
 * @param mode 6:2:2 for full-reference, 8:2 for no-reference.
 * @throws DatasetError DATASET_SPLIT (there is no official split, or nothing in the part).
 */
export function splitOf(
  { items, title }: Pick<Dataset, "items" | "title">,
  part: Part,
  mode: "fr" | "nr",
  seed: Seed,
): DatasetItem[] {
  const partOf = seed === "official" ? officialPart(title) : seededPart(items, mode, seed);
  const members = items.filter((item) => partOf(item) === part);
  if (members.length > 0) return members;
  throw new DatasetError(
    "DATASET_SPLIT",
    `${title} has nothing in its part for ${part}.`,
    part === "validation" && mode === "nr"
      ? "No-reference splits are 8:2, for training and tests: name one of these, or all."
      : "Name another part, or all.",
  );
}

function officialPart(title: string): (item: DatasetItem) => Part {
  return ({ part }) => {
    if (part !== undefined) return part;
    throw new DatasetError(
      "DATASET_SPLIT",
      `${title} has no official split here.`,
      "Leave out --official; KonIQ-10k has one in koniq10k_distributions_sets.csv, FLIVE in labels640.csv and labels=640_padded.csv.",
    );
  };
}

function seededPart(
  items: readonly DatasetItem[],
  mode: "fr" | "nr",
  seed: number,
): (item: DatasetItem) => Part {
  const places = new Map<string, string>();
  for (const { group } of items) {
    if (places.has(group)) continue;
    places.set(group, createHash("sha256").update(`${seed}\n${group}`).digest("hex"));
  }
  const order = [...places].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([group]) => group);
  const share = (count: number) => Math.floor((order.length * count + 5) / 10);
  const train = share(tenths[mode].train);
  const validation = share(tenths[mode].validation);
  const parts = new Map(
    order.map((group, i): [string, Part] => [
      group,
      i < train ? "train" : i < train + validation ? "validation" : "test",
    ]),
  );
  return ({ group }) => parts.get(group)!;
}
