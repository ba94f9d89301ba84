/** Against what tools/train/datasets.py reads from the same miniatures (tools/train/miniatures.py writes both). */
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Dataset, openDataset, type Part, splitOf } from "../../src/datasets/index.js";
import { expectCode } from "../support/errors.js";

const miniatures = fileURLToPath(new URL("miniatures", import.meta.url));

interface Expected extends Omit<Dataset, "folder"> {
  shortSide: never;
  /** Images of each part, by mode and seed. */
  splits: Record<string, Partial<Record<Part, string[]>>>;
}

const expected: Record<string, Expected> = JSON.parse(
  readFileSync(join(miniatures, "expected.json"), "utf8"),
);

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true });
});

/** A copy of a miniature that may be damaged. */
function copyOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "bpclip-datasets-"));
  made.push(folder);
  cpSync(join(miniatures, name), folder, { recursive: true });
  return folder;
}

describe.each(Object.entries(expected))("%s", (path, { items, splits, shortSide, ...about }) => {
  test("reads as in Python", async () => {
    const dataset = await openDataset(join(miniatures, path));
    expect(dataset).toMatchObject(about);
    expect(dataset.shortSide ?? null).toBe(shortSide);
    expect(dataset.items).toEqual(items);
  });

  test("splits as in Python, and no group stands on two sides", async () => {
    const dataset = await openDataset(join(miniatures, path));
    for (const [key, parts] of Object.entries(splits)) {
      const [mode, seed] = key.split(" ");
      const sides = new Map<string, string>();
      for (const [part, images] of Object.entries(parts)) {
        const members = splitOf(
          dataset,
          part as Part,
          mode as "fr" | "nr",
          seed === "official" ? seed : Number(seed),
        );
        expect(members.map(({ image }) => image)).toEqual(images);
        for (const { group } of members) {
          expect(sides.get(group) ?? part).toBe(part);
          sides.set(group, part);
        }
      }
      expect(Object.values(parts).flat().length).toBe(items.length);
    }
  });
});

test.each([
  ["koniq10k", [6, 2, 2]],
  ["flive", [3, 1, 1]],
])("the official split of %s", async (name, counts) => {
  expect(Object.keys(expected[name].splits)).toContain("nr official");
  const { items } = await openDataset(join(miniatures, name));
  const count = (part: Part) => items.filter((item) => item.part === part).length;
  expect([count("train"), count("validation"), count("test")]).toEqual(counts);
});

test("no other data set has an official split", async () => {
  const live = await openDataset(join(miniatures, "live"));
  const error = await expectCode("DATASET_SPLIT", () => splitOf(live, "test", "fr", "official"));
  expect(error.message).toContain("LIVE");
  await expectCode("DATASET_SPLIT", () => splitOf(live, "validation", "nr", 1));
});

test("KonIQ-10k without the sets has the same opinions and no official split", async () => {
  const folder = copyOf("koniq10k");
  unlinkSync(join(folder, "koniq10k_distributions_sets.csv"));
  const { items } = await openDataset(folder);
  expect(items.map(({ part: _, ...item }) => item)).toEqual(
    expected.koniq10k.items.map(({ part: _, ...item }) => item),
  );
  expect(items.some(({ part }) => part)).toBe(false);
});

test("FLIVE's official split: the large pictures are for tests, and both of its tables are needed", async () => {
  const folder = copyOf("flive");
  const partOf = async () => (await openDataset(folder)).items.map(({ part }) => part);
  expect(await partOf()).toEqual(["test", "train", "validation", "train", "train"]);
  renameSync(join(folder, "database/labels640.csv"), join(folder, "labels>640.csv"));
  expect(await partOf()).toEqual(["test", "train", "validation", "train", "train"]);
  unlinkSync(join(folder, "database/labels=640_padded.csv"));
  expect(await partOf()).toEqual(Array(5).fill(undefined));
});

test("LIVE without the realigned opinions takes the first ones", async () => {
  const folder = copyOf("live");
  unlinkSync(join(folder, "dmos_realigned.mat"));
  const { items } = await openDataset(folder);
  expect(items[0].raw).toBeCloseTo(expected.live.items[0].raw * 0.9, 10);
});

test("a table's own scale, of which lower may be better", async () => {
  const folder = copyOf("custom");
  writeFileSync(
    join(folder, "five.csv"),
    "image,mos\npictures/0 grain.png,4\r\n\n pictures/1 grain.png , 2\n",
  );
  const read = async (range: [number, number]) =>
    (await openDataset(join(folder, "five.csv"), { range })).items;
  expect((await read([1, 5])).map(({ mos }) => mos)).toEqual([0.75, 0.25]);
  expect((await read([5, 1])).map(({ mos }) => mos)).toEqual([0.25, 0.75]);
  const error = await expectCode("DATASET_DAMAGED", () => openDataset(join(folder, "five.csv")));
  expect(error.message).toContain("pictures/0 grain.png: its opinion 4 is not in 0..1");
});

describe("names what is missing", () => {
  test.each([
    ["live", "refimgs/house.bmp"],
    ["live", "dmos_realigned.mat", "dmos.mat"],
    ["csiq", "dst_imgs/awgn/boston.AWGN.*"],
    ["tid2013", "distorted_images/I01_01_2.bmp"],
    ["kadid10k", "images/I03_10_03.png"],
    ["pipal", "Train_Ref/A0002.bmp"],
    ["clive", "Images/218.JPG"],
    ["clive", "Data/AllImages_release.mat"],
    ["spaq", "TestImage/00004.jpg"],
    ["flive", "database/EE371R/cj_1078.jpg"],
    ["custom/ratings.csv", "originals/3.png"],
  ])("%s: %s", async (path, ...files) => {
    const [name, table = ""] = path.split("/");
    const folder = copyOf(name);
    let message = "";
    for (const file of files) {
      message = file.replace("*", "");
      const all = expected[path].items.flatMap(({ image, reference }) => [image, reference ?? image]);
      const own = all.find((image) => image.toLowerCase().startsWith(message.toLowerCase()));
      unlinkSync(join(folder, own ?? file));
    }
    const error = await expectCode("DATASET_FILE", () => openDataset(join(folder, table)));
    expect(error.message).toContain(`${message}`);
    expect(error.message).toContain("is missing");
  });
});

describe("names what is damaged", () => {
  const cut = (bytes: number) => (file: string) => truncateSync(file, bytes);
  const replace = (from: string | RegExp, to: string) => (file: string) =>
    writeFileSync(file, readFileSync(file, "latin1").replace(from, to), "latin1");

  test.each<[string, string, (file: string) => void, string]>([
    ["live", "refnames_all.mat", cut(400), "it ends before"],
    ["live", "dmos_realigned.mat", cut(200), ""],
    ["live", "refnames_all.mat", replace("refnames_all", "refnames_alt"), "no cells"],
    ["live", "dmos_realigned.mat", replace(/^MATLAB 5.0/, "MATLAB 7.3"), "-v7"],
    ["live", "dmos_realigned.mat", replace(/^[\s\S]*$/, "a page that says no"), "no MATLAB file"],
    ["csiq", "csiq.DMOS.xlsx", cut(3000), "no end of one"],
    ["csiq", "csiq.DMOS.xlsx", replace(/^[\s\S]*$/, "image,dmos"), ""],
    ["tid2013", "mos_with_names.txt", replace("I01_01_2", "I01_99_2"), "line 1"],
    ["tid2013", "mos_with_names.txt", replace(/^\S+/, "five"), "five"],
    ["kadid10k", "dmos.csv", replace("dmos", "score"), '"dmos"'],
    ["kadid10k", "dmos.csv", replace(/(png,)\d[\d.]*,/, "$1,"), '""'],
    ["kadid10k", "dmos.csv", replace(/I02_01_01.png,[\s\S]*/, "I02_01_01.png"), "line 6 has 1 cells"],
    ["kadid10k", "dmos.csv", replace("I01_01_04.png", "I01_01_01.png"), "twice"],
    ["kadid10k", "dmos.csv", replace(/(png,)[\d.]+,/, "$137.5,"), "37.5 is not in 1..5"],
    ["pipal", "Train_Label/A0003.txt", replace(",", ";"), "line 1"],
    ["clive", "Data/AllMOS_release.mat", cut(180), ""],
    ["koniq10k", "koniq10k_distributions_sets.csv", replace("validation", "devel"), '"devel"'],
    ["spaq", "Annotations/MOS and Image attribute scores.xlsx", cut(1500), ""],
    ["flive", "labels_image.csv", replace("mos", "opinion"), '"mos"'],
    ["flive", "database/labels640.csv", replace("name_image", "image"), '"name_image"'],
    ["custom/ratings.csv", "ratings.csv", replace('"pictures', "pictures"), ""],
  ])("%s, %s %#", async (path, file, damage, words) => {
    const [name, table = ""] = path.split("/");
    const folder = copyOf(name);
    damage(join(folder, file));
    const error = await expectCode("DATASET_DAMAGED", () => openDataset(join(folder, table)));
    // A damaged opinion is its picture's, whose name stands in the labels.
    expect(error.message).toMatch(new RegExp(`${file.replaceAll(".", "\\.")}|I01_01_0`));
    expect(error.message).toContain(words);
  });
});

test("a folder that is none of them", async () => {
  const folder = copyOf("custom");
  const error = await expectCode("DATASET_UNKNOWN", () => openDataset(folder));
  expect(error.mend).toContain("KADID-10k (dmos.csv)");
  await expectCode("DATASET_FILE", () => openDataset(join(folder, "nothing")));
});
