import { afterAll, beforeAll, expect, test } from "vitest";
import { expandBraces, glob, segmentPattern } from "../../src/cli/glob.js";
import { closest, editDistance } from "../../src/cli/suggest.js";
import { Workplace } from "./run.js";

const at = new Workplace();
beforeAll(() => {
  at.write({
    "a1.png": "",
    "a2.jpg": "",
    "b.png": "",
    ".h.png": "",
    "x/c.png": "",
    "x/y/d.png": "",
    "x/.z/e.png": "",
  });
});
afterAll(() => at.remove());

test.each([
  ["*.png", ["a1.png", "b.png"]],
  [".*.png", [".h.png"]],
  ["a?.*", ["a1.png", "a2.jpg"]],
  ["[a-b]*.png", ["a1.png", "b.png"]],
  ["[!a]*.png", ["b.png"]],
  ["a[^1].jpg", ["a2.jpg"]],
  ["*.{png,jpg}", ["a1.png", "a2.jpg", "b.png"]],
  ["**/*.png", ["a1.png", "b.png", "x/c.png", "x/y/d.png"]],
  ["x/**", ["x/c.png", "x/y/d.png"]],
  ["*/*/d.png", ["x/y/d.png"]],
  ["x/.z/*", ["x/.z/e.png"]],
  ["nowhere/*.png", []],
])("%s", async (pattern, expected) => {
  const found = await glob(`${at.folder}/${pattern}`);
  expect(found.map((path) => path.slice(at.folder.length + 1))).toEqual(expected);
});

test("braces nest, and stand for themselves without a comma or a partner", () => {
  expect(expandBraces("a{b,c{d,e}}f{,g}")).toEqual(["abf", "abfg", "acdf", "acdfg", "acef", "acefg"]);
  expect(expandBraces("{a}{b,c}")).toEqual(["{a}b", "{a}c"]);
  expect(expandBraces("{a,b")).toEqual(["{a,b"]);
});

test("what has a meaning in a regular expression has none in a name", () => {
  expect(segmentPattern("a.(b)+*").test("a.(b)+c")).toBe(true);
  expect(segmentPattern("a.*").test("aXb")).toBe(false);
  expect(segmentPattern("[z-a]").test("b")).toBe(false);
  expect(segmentPattern("[]]x").test("]x")).toBe(true);
  expect(segmentPattern("a[b").test("a[b")).toBe(true);
});

test("slips of the keys are near, other words are not", () => {
  expect(editDistance("comapre", "compare")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(closest("dcotor", ["score", "doctor"])).toBe("doctor");
  expect(closest("xyz", ["score", "doctor"])).toBeUndefined();
});
