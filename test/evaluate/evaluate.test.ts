/** The whole tool on a made-up set, tiny networks and the CPU. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { pairs } from "../../src/text/vocabulary.js";
import { evaluate } from "../../tools/evaluate/evaluate.js";
import type { Picture } from "../../tools/evaluate/set.js";
import { encodePng } from "../image/files.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { seededPicture } from "../support/seeded.js";
import { readings } from "./pictures.js";

const side = 64;
const folder = mkdtempSync(join(tmpdir(), "bpclip-evaluate-"));
const options = {
  set: join(folder, "set"),
  weights: folder,
  out: join(folder, "out"),
  cache: join(folder, "cache"),
  adapter: "cpu",
} as const;

/** A photograph, and the same darker and darker. */
function photograph(name: string, seed: number): Picture[] {
  mkdirSync(join(options.set, name), { recursive: true });
  return [0, 0.5, 1].map((strength) => {
    const distortion = strength === 0 ? null : "darken";
    const file = `${name}/${strength}.png`;
    const samples = seededPicture(side, side, seed).map((value) => value * (1 - 0.8 * strength));
    const png = encodePng({ width: side, height: side, depth: 8, colorType: 2, samples });
    writeFileSync(join(options.set, file), png);
    return {
      ...{ photograph: name, file, distortion, strength, target: 1 - 0.6 * strength },
      readings: readings({ bright: 0.5 - 0.4 * strength, luminous: 0.5 - 0.4 * strength }),
      ...{ psnr: 100 - 80 * strength, ssim: 1 - 0.5 * strength, msSsim: 1 - 0.4 * strength },
    };
  });
}

beforeAll(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  const set = {
    ...{
      split: "made-up",
      publishable: true,
      longSide: side,
      strengths: [0.5, 1],
      families: { brightness: ["darken"] },
    },
    pairs: pairs.map(({ positive }) => positive),
    pictures: [...photograph("first", 1), ...photograph("second", 2)],
  };
  writeFileSync(join(options.set, "set.json"), JSON.stringify(set));
  for (const mode of ["nr", "fr"] as const) {
    const config = smallConfig({ name: `tiny-${mode}`, mode });
    writeFileSync(join(folder, `bpclip-s-${mode}.safetensors`), seededCheckpoint(config));
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

const logged = () => {
  const [name] = readdirSync(options.cache);
  return { path: join(options.cache, name), text: readFileSync(join(options.cache, name), "utf8") };
};

test("writes the report, its plots and its numbers", async () => {
  await evaluate(options);
  const report = readFileSync(join(options.out, "EVALUATION.md"), "utf8");
  for (const words of [
    "pseudo-MOS",
    "`made-up` split: 2 photographs",
    "CPU reference executor",
    "**bpclip FR**",
  ]) {
    expect(report).toContain(words);
  }
  expect(report).not.toMatch(/NaN|undefined|Infinity/);
  for (const [, picture] of report.matchAll(/\]\((evaluation\/\w+\.svg)\)/g)) {
    const svg = readFileSync(join(options.out, picture), "utf8");
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  }
  const results = JSON.parse(readFileSync(join(options.out, "evaluation", "results.json"), "utf8"));
  expect(results).toMatchObject({ photographs: 2, distorted: 4, robustness: { pictures: { pristine: 2 } } });
  expect(Object.keys(results.agreements)).toEqual(["bpclip NR", "bpclip FR", "PSNR", "SSIM", "MS-SSIM"]);
  // Both sets of 2 pristine and 1 sampled picture, under 5 changes, and the 6 pictures as they are.
  expect(logged().text.trim().split("\n")).toHaveLength(6 + 5 * 3);
});

test("goes on after an interruption with what it has", async () => {
  const { path, text } = logged();
  const lines = text.trimEnd().split("\n");
  // The first result is marked; the others after the third are gone, the fourth in the middle of its line.
  const marked = lines[0].replace(/"score":[^,]+/, '"score":7');
  writeFileSync(path, `${[marked, ...lines.slice(1, 3)].join("\n")}\n`);
  appendFileSync(path, lines[3].slice(0, 40));
  await evaluate({ ...options, resume: true });
  expect(logged().text).toBe(text.replace(lines[0], marked));
});

test("begins anew unless it is told to go on, and takes as many photographs as it is told", async () => {
  await evaluate({ ...options, limit: 1 });
  expect(logged().text).not.toContain('"score":7');
  expect(logged().text).not.toContain("second/");
});
