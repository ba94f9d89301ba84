import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkpoints, jsonLines, parseCsv, png, tinyFr, Workplace } from "./run.js";

const at = new Workplace();

beforeAll(() => {
  at.write({
    ...checkpoints,
    "reference.png": png(48, 40, 1),
    "a.png": png(48, 40, 2),
    "b.png": png(48, 40, 3),
    "wide.png": png(64, 40, 2),
    "panorama.png": png(600, 40, 1),
    "panorama-distorted.png": png(600, 40, 2),
    "empty.png": "",
  });
});
afterAll(() => at.remove());

test("compares each picture with the reference", () => {
  const { status, stdout, stderr } = at.run(
    "compare",
    "reference.png",
    "a.png",
    "b.png",
    "--json",
    ...tinyFr,
  );
  const [a, b] = jsonLines(stdout);
  expect(a).toMatchObject({ image: "a.png", reference: "reference.png", mode: "fr", model: "tiny-fr" });
  expect(b).toMatchObject({ image: "b.png", reference: "reference.png", mode: "fr", width: 48, height: 40 });
  expect(a.score).not.toBe(b.score);
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("--native compares at the pictures' own scale, in tiles", () => {
  const args = ["compare", "panorama.png", "panorama-distorted.png", "--native", "--json", ...tinyFr];
  const { status, stdout } = at.run(...args);
  expect(jsonLines(stdout)[0]).toMatchObject({ mode: "fr", policy: "native, 2 tiles of 352x40" });
  expect(status).toBe(0);
});

test("the reference matters", () => {
  const against = (reference: string) => {
    return jsonLines(at.run("compare", reference, "a.png", "--json", ...tinyFr).stdout)[0].score;
  };
  expect(against("reference.png")).not.toBe(against("b.png"));
});

test("--csv names the reference in its second column", () => {
  const [header, row] = parseCsv(at.run("compare", "reference.png", "a.png", "--csv", ...tinyFr).stdout);
  expect(header.slice(0, 3)).toEqual(["image", "reference", "score"]);
  expect(row.slice(0, 2)).toEqual(["a.png", "reference.png"]);
});

describe("a picture of another size", () => {
  test("is refused, and the rest is compared", () => {
    const { status, stdout, stderr } = at.run(
      "compare",
      "reference.png",
      "wide.png",
      "a.png",
      "--json",
      ...tinyFr,
    );
    const [refused, compared] = jsonLines(stdout);
    expect(refused).toMatchObject({ image: "wide.png", error: { code: "INPUT_SIZES" } });
    expect(compared).toMatchObject({ image: "a.png", mode: "fr" });
    expect(stderr).toMatch(/^bpclip: wide\.png: .*48×40.*64×40.*\[INPUT_SIZES\].*--resize-reference.*\n$/);
    expect(status).toBe(1);
  });

  test("is compared with a resized reference when asked", () => {
    const args = ["compare", "reference.png", "wide.png", "--resize-reference", "--json", ...tinyFr];
    const { status, stdout } = at.run(...args);
    expect(jsonLines(stdout)[0]).toMatchObject({ image: "wide.png", width: 64, height: 40, mode: "fr" });
    expect(status).toBe(0);
  });
});

test("a bad reference ends the command, and is named", () => {
  const { status, stdout, stderr } = at.run("compare", "empty.png", "a.png", "--json", ...tinyFr);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^bpclip: empty\.png: .+ \[IMAGE_EMPTY\] [^\n]+\n$/);
  expect(status).toBe(1);
});
