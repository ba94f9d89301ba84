/** The readers of tables, of MATLAB's files and of workbooks, on what is odd and what is hostile. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { matTexts, readMat } from "../../src/datasets/mat.js";
import { readCsv, readNumber } from "../../src/datasets/table.js";
import { readXlsx } from "../../src/datasets/xlsx.js";
import { DatasetError } from "../../src/errors.js";
import { expectCode } from "../support/errors.js";
import { integer, random } from "../support/random.js";

const read = (path: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`miniatures/${path}`, import.meta.url))));

/** Reads mutations of a file; each is read or refused with a typed error. */
async function mutate(
  original: Uint8Array,
  reader: (bytes: Uint8Array) => unknown,
  times = 300,
): Promise<number> {
  const draw = random(20261124);
  let refused = 0;
  for (let i = 0; i < times; i++) {
    let bytes = original.slice();
    for (let m = integer(draw, 1, 6); m > 0; m--)
      bytes[integer(draw, 0, bytes.length - 1)] = integer(draw, 0, 255);
    if (i % 3 === 0) bytes = bytes.subarray(0, integer(draw, 0, bytes.length));
    try {
      await reader(bytes);
    } catch (error) {
      if (!(error instanceof DatasetError)) throw error;
      expect(error.message).toContain("labels");
      refused++;
    }
  }
  return refused;
}

describe("tables", () => {
  test("quotes, spaces, empty lines, either end of line, none at the end", () => {
    const text = 'name, mos ,note\r\n"a ""b"", c.png",1.5,\n\n  d.png , 2,"two\nlines"';
    const rows = readCsv(text, "labels.csv", ["name", "mos"]);
    expect(rows).toEqual([
      { cells: { name: 'a "b", c.png', mos: "1.5", note: "" }, line: 2 },
      { cells: { name: "d.png", mos: "2", note: "two\nlines" }, line: 4 },
    ]);
  });

  test.each([
    ["", "no column"],
    ["name,mos\na", "line 2 has 1 cells"],
    ['name,mos\n"a,1', "never closed"],
    ['name,mos\n"a"b,1', "goes on after a closing quote"],
  ])("%j is damaged", async (text, words) => {
    const error = await expectCode("DATASET_DAMAGED", () => readCsv(text, "labels.csv", ["name", "mos"]));
    expect(error.message).toContain(`labels.csv: `);
    expect(error.message).toContain(words);
  });

  test("numbers", async () => {
    expect(readNumber(" 1.5e1 ", "labels")).toBe(15);
    expect(readNumber(3, "labels")).toBe(3);
    for (const value of ["", " ", "1,5", "NaN", "Infinity", undefined, Number.NaN]) {
      await expectCode("DATASET_DAMAGED", () => readNumber(value, "labels"));
    }
  });
});

describe("MATLAB's files", () => {
  test.each(["live/refnames_all.mat", "live/dmos_realigned.mat", "clive/Data/AllImages_release.mat"])(
    "mutations of %s are read or refused",
    async (path) => {
      expect(await mutate(read(path), (bytes) => readMat(bytes, "labels"))).toBeGreaterThan(50);
    },
  );

  test("what inflates without end is refused", async () => {
    const header = read("live/dmos.mat").slice(0, 128);
    const bomb = deflateSync(new Uint8Array(80 * 2 ** 20));
    const tag = new Uint8Array(8);
    new DataView(tag.buffer).setUint32(0, 15, true);
    new DataView(tag.buffer).setUint32(4, bomb.length, true);
    const bytes = new Uint8Array([...header, ...tag, ...bomb]);
    await expectCode("DATASET_DAMAGED", () => readMat(bytes, "labels"));
  });

  test("numbers are no texts", async () => {
    const variables = readMat(read("live/dmos.mat"), "labels");
    expect(variables.get("orgs")).toMatchObject({ kind: "numbers", dims: [1, 13] });
    await expectCode("DATASET_DAMAGED", () => matTexts(variables, "orgs", "labels"));
  });
});

describe("workbooks", () => {
  test("numbers, texts and empty cells", async () => {
    const [head, first] = await readXlsx(
      read("spaq/Annotations/MOS and Image attribute scores.xlsx"),
      "labels",
    );
    expect(head.slice(0, 2)).toEqual(["Image name", "MOS"]);
    expect(first[0]).toBe("00001.jpg");
    expect(first[1]).toBeTypeOf("number");
    const rows = await readXlsx(read("csiq/csiq.DMOS.xlsx"), "labels", "all_by_image");
    expect(rows[0][3]).toBe("DMOS of CSIQ");
    expect(rows[1][3]).toBe("image");
    expect(rows[2][3]).toBe(1600);
  });

  test("another sheet than those there are", async () => {
    const error = await expectCode("DATASET_DAMAGED", () =>
      readXlsx(read("csiq/csiq.DMOS.xlsx"), "labels", "none"),
    );
    expect(error.message).toContain('"none"');
  });

  test("mutations are read or refused", async () => {
    const refused = await mutate(read("csiq/csiq.DMOS.xlsx"), (bytes) => readXlsx(bytes, "labels"));
    expect(refused).toBeGreaterThan(50);
  });
});
