/** Explanations of many pictures as one HTML page, with all that it shows inside it. Only what runs in Node imports this. */
import jpeg from "jpeg-js";
import type { Explanation } from "../api/result.js";
import { fixed } from "../evaluation/numbers.js";
import { readAtLongSide } from "../evaluation/pictures.js";
import { escaped } from "../evaluation/svg.js";
import type { Rgba } from "../image/resize.js";
import { colourTable } from "./colour-map.js";
import { drawLossOver, overWhite } from "./loss-overlay.js";

/** A picture's row. */
export interface ExplainedPicture {
  image: string;
  score: number;
  dimensions: Record<string, number>;
  /** The strongest first. */
  adjectives: string[];
  /** Data URIs of one size. */
  thumbnail: string;
  loss: string;
  size: { width: number; height: number };
  /** The picture's own size, and what judged it. */
  width: number;
  height: number;
  by: string;
}

export interface Failure {
  image: string;
  code: string;
  message: string;
  mend: string;
}

/** Of a thumbnail, in pixels: twice as many as it is shown at. */
const thumbnailSide = 360;

const adjectivesShown = 5;

/** Loss beyond it is shown as this. */
const lossRange = [0, 1] as const;

/** What is shown of a picture. @param image Its file or URL. */
export async function explainPicture(image: string, explanation: Explanation): Promise<ExplainedPicture> {
  const picture = await readAtLongSide(image, thumbnailSide);
  const { score, dimensions, adjectives, width, height, model, checkpoint, executor, adapter } = explanation;
  return {
    image,
    score,
    dimensions,
    adjectives: [...adjectives]
      .sort((a, b) => b.value - a.value)
      .slice(0, adjectivesShown)
      .map(({ word }) => word),
    thumbnail: jpegUri(overWhite(picture)),
    loss: jpegUri(drawLossOver(picture, explanation.loss, lossRange)),
    size: { width: picture.width, height: picture.height },
    width,
    height,
    by: `${model} ${checkpoint} on ${executor} (${adapter})`,
  };
}

function jpegUri(picture: Rgba): string {
  return `data:image/jpeg;base64,${Buffer.from(jpeg.encode(picture, 82).data).toString("base64")}`;
}

/** @param pictures At least one. */
export function explanationPage({
  pictures,
  failures,
  reference,
}: {
  pictures: readonly ExplainedPicture[];
  failures: readonly Failure[];
  reference?: string;
}): string {
  const ranked = [...pictures].sort((a, b) => a.score - b.score);
  const dimensions = Object.keys(ranked[0].dimensions);
  const title = count(pictures.length, "picture");
  const beside = reference === undefined ? "Each judged on its own" : `Judged beside ${escaped(reference)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}: bpclip explain</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}, and where quality is lost</h1>
<p>${beside}; by ${escaped([...new Set(pictures.map(({ by }) => by))].join("; "))}. The score is higher for better
pictures, about 0 to 1; a dimension is 1 at its good pole.</p>
<p class="controls"><label>Lost quality over the pictures <input id="blend" type="range" min="0" max="100" value="60"></label>
<span class="legend">nothing lost <i></i> 1 and more</span></p>

<table role="table">
<thead role="rowgroup">
<tr role="row"><th role="columnheader" scope="col">picture</th>${["score", ...dimensions].map(sortable).join("")}<th role="columnheader" scope="col">adjectives</th></tr>
</thead>
<tbody role="rowgroup">
${ranked.map((picture) => row(picture, dimensions)).join("\n")}
</tbody>
</table>
${failed(failures)}</main>
<script>${script}</script>
</body>
</html>
`;
}

function sortable(name: string): string {
  const order = name === "score" ? ' aria-sort="ascending"' : "";
  return `<th role="columnheader" scope="col"${order}><button type="button">${escaped(name)}</button></th>`;
}

function row(picture: ExplainedPicture, dimensions: readonly string[]): string {
  const { image, score, adjectives, thumbnail, loss, size, width, height } = picture;
  const values = dimensions.map((name) => picture.dimensions[name]);
  const ratio = `width="${size.width}" height="${size.height}"`;
  const bars = values.map(
    (value, i) =>
      `<td role="cell" class="bar" data-name="${escaped(dimensions[i])}">${value.toFixed(2)}<i style="--share: ${value.toFixed(3)}"></i></td>`,
  );
  return `<tr role="row" data-values="${[score, ...values].map((value) => value.toFixed(6)).join(" ")}">
<th role="rowheader" scope="row"><button type="button" class="picture" aria-pressed="false" title="Show lost quality alone"><img src="${thumbnail}" ${ratio} alt=""><img class="loss" src="${loss}" ${ratio} alt=""></button>
<span>${escaped(image)}<small>${width} × ${height}</small></span></th>
<td role="cell" class="score">${fixed(score)}</td>${bars.join("")}<td role="cell" class="words">${adjectives.map(escaped).join(", ")}</td></tr>`;
}

function failed(failures: readonly Failure[]): string {
  if (failures.length === 0) return "";
  const items = failures.map(
    ({ image, code, message, mend }) =>
      `<li><b>${escaped(image)}</b>: ${escaped(message)} <code>${escaped(code)}</code> ${escaped(mend)}</li>`,
  );
  return `<section class="failed">
<h2>${count(failures.length, "picture")} could not be judged</h2>
<ul>
${items.join("\n")}
</ul>
</section>
`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** The colours of loss, from transparent to opaque as they lie over a picture. */
function lossGradient(): string {
  const table = colourTable("inferno");
  const stops = [0, 51, 102, 153, 204, 255].map(
    (i) => `rgb(${table.slice(3 * i, 3 * i + 3).join(" ")} / ${i / 255})`,
  );
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

const style = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --accent: #3b6fb6; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 1280px; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 2.2rem 0 .4rem; font-size: 1.2rem; }
p { margin: .3rem 0; max-width: 85ch; }
small { display: block; opacity: .7; font-weight: 400; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.controls { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 1rem 0; max-width: none; }
.controls input { width: 11rem; vertical-align: middle; accent-color: var(--accent); }
.legend i { display: inline-block; width: 7rem; height: .7rem; border-radius: 3px; margin: 0 .3rem; background: ${lossGradient()}, #bbb; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .45rem; text-align: left; vertical-align: middle; border-bottom: 1px solid #8884; }
thead th { position: sticky; top: 0; z-index: 1; background: Canvas; font-weight: 600; }
thead button { font-weight: 600; white-space: nowrap; }
thead button::after { content: " ↕"; opacity: .35; }
[aria-sort=ascending] button::after { content: " ↑"; opacity: 1; }
[aria-sort=descending] button::after { content: " ↓"; opacity: 1; }
tbody th { font-weight: 400; font-size: .85rem; overflow-wrap: anywhere; width: 190px; }
.picture { position: relative; display: block; margin-bottom: .3rem; line-height: 0; }
.picture img { max-width: 180px; max-height: 180px; width: auto; height: auto; border-radius: 4px; }
.picture .loss { position: absolute; inset: 0; opacity: var(--blend, .6); }
.picture[aria-pressed=true] .loss { opacity: 1; }
.score { font-size: 1.25rem; font-weight: 600; }
.bar { width: 6.5rem; }
.bar i { display: block; height: .5rem; margin-top: .3rem; border-radius: 4px; overflow: hidden; background: #8883; }
.bar i::after { content: ""; display: block; height: 100%; width: calc(100% * var(--share)); background: var(--accent); }
.words { max-width: 12rem; }
.failed h2 { color: #c23b3b; }
.failed li { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { :root { --accent: #6a9ade; } .failed h2 { color: #f08080; } }
@media (max-width: 820px) {
  main { padding: 1rem; }
  table, thead, tbody { display: block; }
  thead tr { display: flex; flex-wrap: wrap; gap: .3rem; }
  thead th { position: static; border: 0; padding: 0; }
  thead th:not(:has(button)) { display: none; }
  thead button { border: 1px solid #8886; border-radius: 1rem; padding: .3rem .7rem; }
  tbody tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem .8rem; padding: 1rem 0; border-bottom: 1px solid #8884; }
  tbody th, tbody td { border: 0; padding: 0; width: auto; }
  tbody th { grid-column: 1 / 3; }
  .score { font-size: 2rem; }
  .score::before, .bar::before { content: attr(data-name); display: block; font-size: .8rem; font-weight: 400; opacity: .7; }
  .score::before { content: "score"; }
  .words { grid-column: 1 / -1; max-width: none; }
}
`;

const script = `
const body = document.querySelector("tbody");
const headers = [...document.querySelectorAll("thead th:has(button)")];
headers.forEach((header, column) => header.firstChild.addEventListener("click", () => {
  const order = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  for (const other of headers) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const valueOf = (row) => Number(row.dataset.values.split(" ")[column]) * (order === "ascending" ? 1 : -1);
  body.append(...[...body.rows].sort((a, b) => valueOf(a) - valueOf(b)));
}));
const blend = document.getElementById("blend");
const show = () => document.documentElement.style.setProperty("--blend", blend.value / 100);
blend.addEventListener("input", show);
show();
for (const picture of document.querySelectorAll(".picture")) {
  picture.addEventListener("click", () => picture.ariaPressed = String(picture.ariaPressed !== "true"));
}
`;
