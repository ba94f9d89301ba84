import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import { findChromium, launchChromium } from "../support/chromium.js";
import { checkpoints, jsonLines, png, tinyFr, tinyNr, Workplace } from "./run.js";

const at = new Workplace();
const chromium = findChromium();

beforeAll(() => {
  at.write({
    ...checkpoints,
    "a.png": png(80, 48, 1),
    "b.png": png(80, 48, 2),
    "photos/a.png": png(80, 48, 1),
    "photos/b.png": png(80, 48, 2),
    "photos/tall.png": png(40, 300, 3),
    "mixed/<b>.png": png(80, 48, 1),
    "mixed/empty.png": "",
  });
});
afterAll(() => at.remove());

const run = (...args: string[]) => at.run("explain", ...args);
const read = (name: string) => readFileSync(join(at.folder, name));

interface MapRecord {
  rows: number;
  columns: number;
  data: number[];
}

describe("--json", () => {
  test("has all of a score, and the maps", () => {
    const { status, stdout, stderr } = run("a.png", "--json", ...tinyNr);
    const [result, ...others] = jsonLines(stdout);
    expect(others).toEqual([]);
    expect(result).toMatchObject({ image: "a.png", mode: "nr", model: "tiny-nr", width: 80, height: 48 });
    const [score] = jsonLines(at.run("score", "a.png", "--json", ...tinyNr).stdout);
    expect(result.score).toBe(score.score);
    expect(result.dimensions).toEqual(score.dimensions);

    const map: MapRecord = { rows: 2, columns: 3, data: Array(6).fill(expect.any(Number)) };
    const adjective = { word: expect.any(String), dimension: expect.any(String), value: expect.any(Number) };
    const level = { information: map, weight: map, adjectives: Array(40).fill(adjective) };
    expect(result).toMatchObject({ levels: Array(4).fill(level), quality: map, loss: map });
    const dimensions = Object.keys(score.dimensions as object);
    expect(Object.keys(result.dimensionMaps as object)).toEqual(dimensions);
    for (const one of Object.values(result.dimensionMaps as object)) expect(one).toEqual(map);
    for (const value of (result.loss as MapRecord).data) expect(value).toBe(Number(value.toFixed(4)));
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  test("beside a reference is full-reference", () => {
    const { status, stdout } = run("b.png", "--reference", "a.png", "--json", ...tinyFr);
    const [result] = jsonLines(stdout);
    expect(result).toMatchObject({ image: "b.png", reference: "a.png", mode: "fr", model: "tiny-fr" });
    expect(status).toBe(0);
  });
});

describe("a sheet", () => {
  test("is a PNG as wide as it always is, and says where it went", async () => {
    const { status, stdout, stderr } = run("a.png", "-o", "sheet.png", ...tinyNr);
    expect(stderr).toMatch(/bpclip: written to sheet\.png\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(0);
    const { width, height, data } = await decodeImage(read("sheet.png"));
    expect(width).toBe(1600);
    expect(height).toBeGreaterThan(1000);
    expect(height).toBeLessThan(3000);
    // Not a blank page: its ground is pale, its text dark, and its maps coloured.
    let [dark, coloured] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
      const [high, low] = [
        Math.max(data[i], data[i + 1], data[i + 2]),
        Math.min(data[i], data[i + 1], data[i + 2]),
      ];
      if (high < 60) dark++;
      if (high - low > 60) coloured++;
    }
    expect(dark).toBeGreaterThan(1000);
    expect(coloured).toBeGreaterThan(100_000);
  });

  test("may be of a panorama, a column, and beside a reference", async () => {
    at.write({ "wide.png": png(600, 40, 3) });
    for (const name of ["wide.png", "photos/tall.png"]) {
      expect(run(name, "-o", "extreme.png", "--force", ...tinyNr).status).toBe(0);
      expect((await decodeImage(read("extreme.png"))).width).toBe(1600);
    }
    expect(run("b.png", "--reference", "a.png", "-o", "fr.png", ...tinyFr).status).toBe(0);
    expect(read("fr.png").equals(read("extreme.png"))).toBe(false);
  });

  test("of several pictures there is none", () => {
    const { status, stderr } = run("photos", "-o", "several.png", ...tinyNr);
    expect(stderr).toMatch(
      /^bpclip: A \.png shows one picture, and there are 3\. \[USAGE\] [^\n]*\.html[^\n]*\n$/,
    );
    expect(status).toBe(2);
  });
});

describe("a page", () => {
  test("has every picture, the worst first, and asks for nothing from elsewhere", () => {
    const { status, stderr } = run("photos", "-o", "report.html", ...tinyNr);
    expect(stderr).toMatch(/written to report\.html/);
    expect(status).toBe(0);
    const page = read("report.html").toString();
    const rows = page.match(/<tr role="row" data-values[\s\S]*?<\/tr>/g)!;
    expect(rows).toHaveLength(3);
    for (const name of ["a.png", "b.png", "tall.png"]) {
      expect(rows.filter((row) => row.includes(join("photos", name)))).toHaveLength(1);
    }
    const scores = rows.map((row) => Number(/data-values="(\S+)/.exec(row)![1]));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    const values = rows.map((row) => /data-values="([^"]+)"/.exec(row)![1].split(" "));
    for (const list of values) expect(list).toHaveLength(7);
    expect(page).not.toMatch(/(src|href)="(?!data:)|url\(|@import|https?:/);
    expect(page.match(/aria-sort/g)!.length).toBeGreaterThan(0);
  });

  test.skipIf(!chromium)(
    `sorts and shows loss by keyboard${chromium ? "" : "; there is no Chromium"}`,
    async () => {
      const browser = await launchChromium(chromium);
      try {
        const page = await browser.newPage();
        const failures: string[] = [];
        page.on("pageerror", ({ message }) => failures.push(message));
        page.on("request", (request) => {
          if (!/^(file|data):/.test(request.url())) failures.push(request.url());
        });
        await page.goto(pathToFileURL(join(at.folder, "report.html")).href);
        const column = (index: number) =>
          page.$$eval(
            "tbody tr",
            (rows, i) => rows.map((row) => Number(row.getAttribute("data-values")!.split(" ")[i])),
            index,
          );
        const sharpness = page.getByRole("columnheader", { name: "sharpness" });
        for (const order of ["ascending", "descending"]) {
          await sharpness.getByRole("button").press("Enter");
          expect(await sharpness.getAttribute("aria-sort")).toBe(order);
          const sign = order === "ascending" ? 1 : -1;
          const values = await column(1);
          expect(values).toEqual([...values].sort((a, b) => sign * (a - b)));
        }
        expect(await page.locator("[aria-sort]").count()).toBe(1);
        const picture = page.locator(".picture").first();
        await picture.press("Space");
        expect(await picture.getAttribute("aria-pressed")).toBe("true");
        expect(await picture.locator(".loss").evaluate((image) => getComputedStyle(image).opacity)).toBe("1");
        expect(failures).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );

  test("lists what could not be judged, and the exit status says so", () => {
    const { status, stderr } = run("mixed", "-o", "mixed.html", ...tinyNr);
    expect(status).toBe(1);
    expect(stderr).toContain("[IMAGE_EMPTY]");
    const page = read("mixed.html").toString();
    expect(page).toContain("1 picture could not be judged");
    expect(page).toMatch(/<li><b>mixed[/\\]empty\.png<\/b>: [^<]+<code>IMAGE_EMPTY<\/code> [^<]+<\/li>/);
    expect(page).toContain("&lt;b&gt;.png");
    expect(page).not.toContain("<b>.png");
  });

  test("is not written where nothing could be judged", () => {
    const { status } = run("mixed/empty.png", "-o", "nothing.html", ...tinyNr);
    expect(status).toBe(1);
    expect(() => read("nothing.html")).toThrow();
  });
});

describe("what is there", () => {
  test("is not replaced without --force", () => {
    writeFileSync(join(at.folder, "mine.png"), "mine");
    const { status, stderr } = run("a.png", "-o", "mine.png", ...tinyNr);
    expect(stderr).toMatch(/^bpclip: mine\.png is there already\. \[OUTPUT_EXISTS\] [^\n]+\n$/);
    expect(status).toBe(1);
    expect(read("mine.png").toString()).toBe("mine");
    expect(run("a.png", "-o", "mine.png", "--force", ...tinyNr).status).toBe(0);
    expect(read("mine.png").toString()).not.toBe("mine");
  });

  test("is never replaced where it is a picture or the reference", () => {
    const before = read("a.png");
    for (const args of [["a.png"], ["b.png", "--reference", "a.png"]]) {
      const { status, stderr } = run(...args, "-o", "a.png", "--force", ...tinyNr);
      expect(stderr).toContain("[OUTPUT_INPUT]");
      expect(status).toBe(1);
    }
    expect(read("a.png").equals(before)).toBe(true);
  });
});

describe("wrong usage", () => {
  test.each([
    ["no picture", []],
    ["nothing to make", ["a.png"]],
    ["an output of another kind", ["a.png", "-o", "a.gif"]],
    ["a resized reference without one", ["a.png", "--json", "--resize-reference"]],
  ])("%s", (_, args) => {
    const { status, stdout, stderr } = run(...args);
    expect(stderr).toMatch(/^bpclip: [^\n]+ \[USAGE\] [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });
});
