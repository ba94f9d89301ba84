/**
 * Draws the README's picture: a photograph and three distortions of it with their scores, computed by the shipped
 * checkpoints. Writes tools/readme/result.svg.
 *
 *     npm run readme:picture
 */
import { readFileSync, writeFileSync } from "node:fs";
import jpeg from "jpeg-js";
import { loadModel } from "../../src/node/index.js";
import { gaussianBlur, jpegRoundTrip, type Rgb, shrink, toRgba, whiteNoise } from "../distort.js";

const photo: Rgb = jpeg.decode(readFileSync(new URL("../../test/photos/coffee.jpg", import.meta.url)), {
  useTArray: true,
  formatAsRGBA: false,
});
const pictures: [title: string, picture: Rgb][] = [
  ["as taken", photo],
  ["blurred", gaussianBlur(photo, 2.5)],
  ["noisy", whiteNoise(photo, 30)],
  ["JPEG, quality 8", jpegRoundTrip(photo, 8)],
];

const model = await loadModel();
const reference = await model.reference({ ...photo, channels: 3 });
const panels: string[] = [];
for (const [i, [title, picture]] of pictures.entries()) {
  const { score, dimensions } = await model.score({ ...picture, channels: 3 });
  const { score: fr } = await model.compare(reference, { ...picture, channels: 3 });
  panels.push(panel(12 + 222 * i, title, picture, score, fr, dimensions));
}
model.dispose();

writeFileSync(
  new URL("result.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 348" font-family="system-ui, sans-serif" font-size="13">
<title>A photograph and three distortions of it, with their scores and dimensions</title>
<rect width="900" height="348" rx="8" fill="#fff"/>
${panels.join("\n")}
</svg>
`,
);

/** A thumbnail, both scores, and a bar for each dimension. */
function panel(
  x: number,
  title: string,
  picture: Rgb,
  score: number,
  fr: number,
  dimensions: Record<string, number>,
): string {
  const bars = Object.entries(dimensions).map(([name, value], row) => {
    const y = 222 + 20 * row;
    return `<text x="${x}" y="${y + 10}" fill="#555">${name}</text>
<rect x="${x + 80}" y="${y}" width="130" height="11" rx="2" fill="#eee"/>
<rect x="${x + 80}" y="${y}" width="${(130 * value).toFixed(1)}" height="11" rx="2" fill="#3b6fb6"/>`;
  });
  return `<image x="${x}" y="12" width="210" height="140" href="data:image/jpeg;base64,${thumbnail(picture)}"/>
<text x="${x}" y="174" fill="#222">${title}</text>
<text x="${x}" y="202" fill="#222"><tspan font-size="20" font-weight="600">${score.toFixed(2)}</tspan> <tspan font-size="11">alone</tspan></text>
<text x="${x + 100}" y="202" fill="#222"><tspan font-size="20" font-weight="600">${fr.toFixed(2)}</tspan> <tspan font-size="11">compared</tspan></text>
${bars.join("\n")}`;
}

function thumbnail(picture: Rgb): string {
  return Buffer.from(jpeg.encode(toRgba(shrink(picture, 2)), 85).data).toString("base64");
}
