/**
 * Measures how often the map of lost quality points to the one quarter of a photograph that was made worse.
 *
 *     npm run eval:maps -- --photographs FOLDER [--count 20] [--side 512] [--adapter auto] [--sheet failures.png]
 *
 * Takes the first photographs of the folder by name, reduced to a longer side of so many pixels, and degrades each of
 * their quarters in three ways. Prints the share found by mode and distortion, and what was not found; the sheet shows
 * the worst of that, the degraded quarter framed in blue and the found one in red.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imageName } from "../../src/cli/files.js";
import { Progress } from "../../src/cli/progress.js";
import { readAtLongSide } from "../../src/evaluation/pictures.js";
import { Canvas, type Point } from "../../src/explain/canvas.js";
import { drawText } from "../../src/explain/font.js";
import { drawLossOver } from "../../src/explain/loss-overlay.js";
import { type Rgba, resize } from "../../src/image/resize.js";
import { encodePng } from "../../src/node/encode-png.js";
import { type AdapterMode, loadModel } from "../../src/node/index.js";
import { type Rgb, toRgba } from "../distort.js";
import { allAttempts, distortions, type Pointing, pointAt, type Quarter, quarters } from "./quarters.js";

const modes = ["nr", "fr"] as const;
const names = ["upper left", "upper right", "lower left", "lower right"];

const { values } = parseArgs({
  options: {
    photographs: { type: "string" },
    count: { type: "string", default: "20" },
    side: { type: "string", default: "512" },
    adapter: { type: "string", default: "auto" },
    sheet: { type: "string" },
  },
});
const { photographs: folder, count, side, adapter, sheet } = values;
if (folder === undefined) throw new Error("Name the folder of photographs with --photographs.");

const files = readdirSync(folder)
  .filter((name) => imageName.test(name))
  .sort()
  .slice(0, Number(count));
const model = await loadModel(undefined, { adapter: adapter as AdapterMode });
const progress = new Progress(files.length);
const attempts: (Pointing & { file: string })[] = [];
for (const [done, file] of files.entries()) {
  progress.draw(done, file);
  const photograph = toRgb(await readAtLongSide(join(folder, file), Number(side)));
  for await (const pointing of pointAt(model, photograph, allAttempts)) attempts.push({ file, ...pointing });
}
progress.clear();
model.dispose();

console.log(`${files.length} photographs, ${quarters.length} quarters each; share of quarters found:\n`);
const kinds = Object.keys(distortions);
console.log(["", ...kinds, "all"].map((head) => head.padStart(8)).join(""));
for (const mode of modes) {
  const own = attempts.filter((attempt) => attempt.mode === mode);
  const shares = [...kinds.map((kind) => own.filter(({ distortion }) => distortion === kind)), own].map(
    (some) => (some.filter(isFound).length / some.length).toFixed(3),
  );
  console.log([mode, ...shares].map((cell) => cell.padStart(8)).join(""));
}

const failures = attempts.filter((attempt) => !isFound(attempt)).sort((a, b) => a.margin - b.margin);
console.log(`\nNot found, the worst first: ${failures.length} of ${attempts.length}`);
for (const { file, mode, distortion, quarter, found, margin } of failures) {
  console.log(
    `  ${file} ${mode} ${distortion}: ${names[quarter]}, not ${names[found]}, by ${(-margin).toFixed(3)}`,
  );
}
if (sheet !== undefined && failures.length > 0) writeFileSync(sheet, await encodePng(contactSheet(failures)));

function isFound({ quarter, found }: Pointing): boolean {
  return quarter === found;
}

function toRgb({ width, height, data }: Rgba): Rgb {
  return { width, height, data: data.filter((_, i) => i % 4 !== 3) };
}

/** The twelve worst failures: the damaged picture, and its map over it. */
function contactSheet(worst: readonly (Pointing & { file: string })[]): Canvas {
  const [columns, width, caption, gap] = [3, 300, 28, 16];
  const tiles = worst.slice(0, 12);
  const heights = tiles.map(({ damaged }) => Math.round((width * damaged.height) / damaged.width));
  const tileWidth = 2 * width + 4 + gap;
  const tops = [gap];
  for (let row = 0; row * columns < tiles.length; row++) {
    const highest = Math.max(...heights.slice(row * columns, (row + 1) * columns));
    tops.push(tops[row] + highest + caption + gap);
  }
  const canvas = new Canvas(columns * tileWidth + gap, tops.at(-1)!, "#fcfcfa");
  for (const [i, { damaged, loss, file, mode, distortion, quarter, found }] of tiles.entries()) {
    const [x, y] = [gap + (i % columns) * tileWidth, tops[Math.floor(i / columns)]];
    const size = { width, height: heights[i] };
    const shown = resize(toRgba(damaged), size.width, size.height);
    canvas.image(shown, x, y);
    canvas.image(drawLossOver(shown, loss, [0, 1]), x + width + 4, y);
    frame(canvas, x + width + 4, y, size, found, "#d03b3b");
    frame(canvas, x + width + 4, y, size, quarter, "#3b8fe0");
    const text = `${file}, ${mode}, ${distortion} at the ${names[quarter]}`;
    drawText(canvas, x, y + size.height + 18, text, { size: 14, colour: "#1d2126" });
  }
  return canvas;
}

function frame(
  canvas: Canvas,
  x: number,
  y: number,
  { width, height }: { width: number; height: number },
  quarter: Quarter,
  colour: string,
): void {
  const [w, h] = [width / 2 - 4, height / 2 - 4];
  const [left, top] = [x + 2 + (quarter % 2) * (width / 2), y + 2 + Math.floor(quarter / 2) * (height / 2)];
  const corners: Point[] = [
    [left, top],
    [left + w, top],
    [left + w, top + h],
    [left, top + h],
  ];
  for (const [i, corner] of corners.entries()) canvas.line(corners.at(i - 1)!, corner, 3, colour);
}
