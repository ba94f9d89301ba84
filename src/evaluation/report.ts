/** The report of an evaluation: one HTML page with all that it shows inside it, the same for the same scores. */
import { resolve } from "node:path";
import jpeg from "jpeg-js";
import type { Mode } from "../api/model.js";
import type { Dataset, DatasetItem } from "../datasets/index.js";
import type { Agreement, Estimate, MeasureName } from "../metrics/agreement.js";
import { plcc, srcc } from "../metrics/correlation.js";
import type { LogisticFit } from "../metrics/logistic.js";
import { groupBy, mean } from "../metrics/statistics.js";
import { fixed, signed } from "./numbers.js";
import { paperRows } from "./paper.js";
import { readAtLongSide } from "./pictures.js";
import { axes, escaped, type Frame, n, path, place, svg, text, ticks } from "./svg.js";

/** A model or another metric, with what it says of the judged pictures. */
export interface Judged {
  name: string;
  /** What it is and what ran it, in words; empty for others' scores. */
  about: string;
  isModel: boolean;
  /** In the order of the items that it judged. */
  scores: readonly number[];
  items: readonly DatasetItem[];
  agreement: Agreement;
  /** Pictures that could not be judged, and why. */
  failures: readonly { image: string; reason: string }[];
  /** How many pictures a warning was given of. */
  warned: number;
}

export interface Evaluation {
  dataset: Dataset;
  /** Which part was judged, in words. */
  part: string;
  official: boolean;
  mode: Mode;
  judged: readonly Judged[];
}

/** Columns of the table of agreement, with what they are headed. */
const columns: readonly [MeasureName, string][] = [
  ["srcc", "SRCC"],
  ["krcc", "KRCC"],
  ["plcc", "PLCC"],
  ["plcc4", "PLCC, fit of 4"],
  ["plcc5", "PLCC, fit of 5"],
  ["rmse", "RMSE"],
  ["rmse4", "RMSE, fit of 4"],
  ["rmse5", "RMSE, fit of 5"],
];

const colours = ["#3b6fb6", "#c8553d", "#3f9b57", "#8a63b5", "#e08a1e", "#3aa6b5"];
const worstShown = 12;

/** Of a thumbnail, in pixels. */
const thumbnailSide = 180;

/** Fewer pictures of a distortion say nothing by their correlation. */
const leastOfDistortion = 5;

export async function reportPage(evaluation: Evaluation): Promise<string> {
  const { dataset, judged, part } = evaluation;
  const sections = [
    headline(evaluation),
    agreementTable(judged),
    paperTable(evaluation),
    `<h2>Opinion over score</h2>
<p>A dot is a picture. The line is the fitted curve of four parameters, the dashed one that of five.</p>
<div class="plots">${judged.map((one, i) => scatter(one, colours[i % colours.length])).join("\n")}</div>`,
    distortionTable(judged),
    ...(await Promise.all(judged.filter(({ isModel }) => isModel).map((one) => worst(dataset.folder, one)))),
    failures(judged),
    method(evaluation),
  ];
  const title = `${dataset.title}, ${part}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}: bpclip eval</title>
<style>${style}</style>
</head>
<body>
<main>
${sections.filter(Boolean).join("\n\n")}
</main>
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 1180px; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 2.2rem 0 .4rem; font-size: 1.2rem; }
p { margin: .3rem 0; max-width: 75ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; text-align: right; border-bottom: 1px solid #8884; }
th { font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
small { display: block; opacity: .7; font-weight: 400; white-space: nowrap; }
td:first-child small { white-space: normal; }
tr.ours td { font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 1rem; }
.plots svg { width: 100%; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 1rem; }
figure { margin: 0; font-size: .8rem; overflow-wrap: anywhere; }
figure img { display: block; max-width: 100%; border-radius: 4px; }
.failed { color: #c23b3b; }
`;

function headline({ dataset: { title, items: all }, part, mode, judged }: Evaluation): string {
  const [{ items }] = judged;
  const references = new Set(items.flatMap(({ reference }) => reference ?? [])).size;
  const kind = mode === "fr" ? "full-reference" : "no-reference";
  const of = references > 0 ? ` of ${references} references` : "";
  return `<h1>${escaped(title)}</h1>
<p>${count(items.length, "picture")}${of}: ${escaped(part)}; ${all.length} in all. The task is ${kind}.</p>`;
}

function agreementTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ name, about, isModel, agreement }) => ({
    ours: isModel,
    cells: [
      `${escaped(name)}${about ? `<small>${escaped(about)}</small>` : ""}`,
      ...columns.map(([measure]) => (measure === "rmse" && !isModel ? "–" : estimate(agreement[measure]))),
    ],
  }));
  return `<h2>Agreement with human opinion</h2>
${table(["", ...columns.map(([, heading]) => heading)], rows)}
<p>Below each value is its 95 % interval. A fit is of a logistic curve of 4 or 5 parameters. RMSE is in the data set's scale brought to 0..1; other
metrics' units are not known, so that they have one only after a fit.</p>`;
}

function paperTable({ dataset, official, mode, judged, part }: Evaluation): string {
  const known = paperRows(dataset.name, mode, official);
  if (known.length === 0) return "";
  const rows = [
    ...known.map(({ method, plcc, srcc }) => ({
      ours: false,
      cells: [`${escaped(method)}<small>as the paper reports it</small>`, fixed(plcc), "", fixed(srcc)],
    })),
    ...judged.map(({ name, isModel, agreement: { plcc, plcc4, srcc } }) => ({
      ours: isModel,
      cells: [
        `${escaped(name)}<small>this run, ${escaped(part)}</small>`,
        ...[plcc, plcc4, srcc].map(({ value }) => fixed(value)),
      ],
    })),
  ];
  const splits = official
    ? "the official split"
    : mode === "fr"
      ? "ten random splits 6:2:2"
      : "ten random splits 8:2";
  return `<h2>Beside the paper</h2>
${table(["", "PLCC", "PLCC, fitted", "SRCC"], rows)}
<p>The paper's values are of models trained on this data set and tested on ${splits}, but where it says otherwise; it does
not say whether a curve was fitted before its PLCC. A model that was not trained on this data set is fairly compared only
with those that were not either.</p>`;
}

function scatter({ name, scores, items, agreement: { fits, srcc } }: Judged, colour: string): string {
  const xRange = padded(scores);
  const yRange = padded(items.map(({ mos }) => mos));
  const frame: Frame = { x: 52, y: 30, width: 332, height: 280, xRange, yRange };
  const at = place(frame);
  const dots = items.map(({ mos }, i) => `M${at(scores[i], mos).map(n).join(" ")}h0`).join("");
  const labels = { x: "score", y: "opinion, 0 to 1", xTicks: ticksOf(xRange), yTicks: ticksOf(yRange) };
  return svg(400, 360, `Opinion over the score of ${name}`, [
    axes(frame, { ...labels, title: `${name}: SRCC ${fixed(srcc.value)}` }),
    `<path d="${dots}" stroke="${colour}" stroke-width="3" stroke-linecap="round" opacity="0.5"/>`,
    curve(fits[4], frame, 'stroke="#111" stroke-width="2"'),
    curve(fits[5], frame, 'stroke="#111" stroke-width="1.5" stroke-dasharray="5 4"'),
    fits[4] ? "" : text(60, 50, "no curve could be fitted"),
  ]);
}

/** A fitted curve where it lies within the frame. */
function curve(fit: LogisticFit | undefined, frame: Frame, attributes: string): string {
  if (!fit) return "";
  const at = place(frame);
  const [[from, to], [low, high]] = [frame.xRange, frame.yRange];
  const points = Array.from({ length: 101 }, (_, i) => from + ((to - from) * i) / 100)
    .map((x) => [x, fit.predict(x)] as const)
    .filter(([, y]) => y >= low && y <= high)
    .map(([x, y]) => at(x, y));
  return points.length > 1 ? path(points, attributes) : "";
}

function distortionTable(judged: readonly Judged[]): string {
  const [{ items }] = judged;
  const distortions = [...new Set(items.flatMap(({ distortion }) => distortion ?? []))];
  if (distortions.length === 0) return "";
  const parts = judged.map((one) => {
    const indices = [...one.items.keys()];
    return groupBy(indices, (i) => one.items[i].distortion);
  });
  const rows = distortions.map((distortion) => ({
    ours: false,
    cells: [
      escaped(distortion),
      String(parts[0].get(distortion)?.length ?? 0),
      ...judged.flatMap(({ scores, items, agreement: { fits } }, j) => {
        const members = parts[j].get(distortion) ?? [];
        const [own, opinions] = [members.map((i) => scores[i]), members.map((i) => items[i].mos)];
        const enough = members.length >= leastOfDistortion;
        const fit = fits[4];
        const bias = fit && mean(own.map((score, i) => fit.predict(score) - opinions[i]));
        return [
          enough ? fixed(srcc(own, opinions)) : "–",
          enough ? fixed(plcc(own, opinions)) : "–",
          bias === undefined ? "–" : signed(bias),
        ];
      }),
    ],
  }));
  const heads = judged.flatMap(({ name }) => ["SRCC", "PLCC", "bias"].map((what) => `${name}: ${what}`));
  return `<h2>By distortion</h2>
${table(["distortion", "pictures", ...heads], rows)}
<p>Bias is the mean of fitted score − opinion: above 0, the distortion is judged too kindly. Correlations of fewer than
${leastOfDistortion} pictures are left out.</p>`;
}

async function worst(folder: string, { name, scores, items, agreement: { fits } }: Judged): Promise<string> {
  const fit = fits[4];
  const misses = items
    .map((item, i) => ({ item, score: scores[i], fitted: fit ? fit.predict(scores[i]) : scores[i] }))
    .map((miss) => ({ ...miss, error: miss.fitted - miss.item.mos }))
    .sort((a, b) => Math.abs(b.error) - Math.abs(a.error))
    .slice(0, worstShown);
  const figures = await Promise.all(
    misses.map(async ({ item: { image, mos, distortion, level }, score, error }) => {
      const what = [distortion, level].filter((part) => part !== undefined).join(" ");
      return `<figure><img src="${await thumbnail(resolve(folder, image))}" alt="">
<figcaption>${escaped(image)}${what ? `<br>${escaped(what)}` : ""}<br>score ${fixed(score)}, opinion ${fixed(mos)}:
${fixed(Math.abs(error))} too ${error > 0 ? "high" : "low"}</figcaption></figure>`;
    }),
  );
  return `<h2>Worst misses of ${escaped(name)}</h2>
<p>The pictures whose scores, brought to the opinions' scale by the curve of four parameters, are farthest from them.</p>
<div class="worst">${figures.join("\n")}</div>`;
}

async function thumbnail(file: string): Promise<string> {
  const { width, height, data } = await readAtLongSide(file, thumbnailSide);
  const encoded = jpeg.encode({ width, height, data }, 80).data;
  return `data:image/jpeg;base64,${Buffer.from(encoded).toString("base64")}`;
}

function failures(judged: readonly Judged[]): string {
  const failed = judged.filter((one) => one.failures.length > 0);
  if (failed.length === 0) return "";
  const lists = failed.map(({ name, failures }) => {
    const items = failures.slice(0, 20).map(({ image, reason }) => `${escaped(image)}: ${escaped(reason)}`);
    const more = failures.length > items.length ? `<li>and ${failures.length - items.length} more</li>` : "";
    return `<p>${escaped(name)}: ${count(failures.length, "picture")}</p>
<ul>${items.map((item) => `<li>${item}</li>`).join("")}${more}</ul>`;
  });
  return `<h2 class="failed">Not judged</h2>
<p>These are in none of the numbers above.</p>
${lists.join("\n")}`;
}

function method({ dataset: { shortSide }, judged }: Evaluation): string {
  const warned = judged.filter((one) => one.warned > 0);
  const size =
    shortSide === undefined
      ? "Pictures are judged at their own size, or reduced to a shorter side of 512 pixels"
      : `Pictures are brought to a shorter side of ${shortSide} pixels`;
  return `<h2>How it was measured</h2>
<p>${size}, by Pillow's antialiased bicubic filter. Opinions are brought to 0..1, higher is better, by the ends of the data
set's scale. Spearman's and Kendall's (τ-b) correlations count ties; Pearson's and the RMSE are of the scores as they are,
and after a least-squares fit of a logistic curve: of four parameters (VQEG), or of five with a linear part (Sheikh et al.).
Intervals are the percentile bootstrap's, of 500 draws of references or, where there are none, of pictures; curves are
fitted anew in each draw.</p>
${warned.map(({ name, warned }) => `<p>${escaped(name)}: a warning, such as of a colour profile that was not applied, was given of ${count(warned, "picture")}.</p>`).join("\n")}`;
}

interface TableRow {
  ours: boolean;
  cells: readonly string[];
}

/** @param rows Of HTML; the head is plain text. */
function table(head: readonly string[], rows: readonly TableRow[]): string {
  const body = rows.map(
    ({ ours, cells }) =>
      `<tr${ours ? ' class="ours"' : ""}>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`,
  );
  return `<div class="scroll"><table>
<tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr>
${body.join("\n")}
</table></div>`;
}

function estimate({ value, interval: [low, high] }: Estimate): string {
  return Number.isNaN(value) ? "–" : `${fixed(value)}<small>${fixed(low)} to ${fixed(high)}</small>`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The values' range with a little room; one around the value, where there is only one. */
function padded(values: readonly number[]): [from: number, to: number] {
  const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  const room = high > low ? (high - low) * 0.04 : Math.abs(low) * 0.1 || 0.1;
  return [low - room, high + room];
}

/** About five round numbers within a range. */
function ticksOf([from, to]: readonly [number, number]): number[] {
  const rough = (to - from) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  return ticks([from, to], step);
}
