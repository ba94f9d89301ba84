/** The pictures that the model judges worst, and a sheet of them. */
import { join } from "node:path";
import jpeg from "jpeg-js";
import { escaped, modeNames, n, quietInk, svg, text } from "../../src/evaluation/svg.js";
import { type Rgba, resize } from "../../src/image/resize.js";
import { type Judged, type Mode, modes } from "./agreement.js";
import { readPicture } from "./judge.js";
import { spaced } from "./plots.js";

const shown = 8;
const perRow = 4;
/** Of a thumbnail, in pixels and in the sheet's units. */
const longSide = 196;

/** The farthest from their targets, the worst first, at most one of a distortion. */
export function worstOf(pictures: readonly Judged[], mode: Mode, count = shown): Judged[] {
  const error = (picture: Judged) => Math.abs(picture[mode].score - picture.target);
  const seen = new Set<string | null>();
  return [...pictures]
    .sort((a, b) => error(b) - error(a))
    .filter(({ distortion }) => !seen.has(distortion) && seen.add(distortion))
    .slice(0, count);
}

/** Thumbnails with their captions, NR above, FR below, as SVG. */
export async function failureSheet(folder: string, pictures: readonly Judged[]): Promise<string> {
  const content: string[] = [];
  let top = 12;
  for (const mode of modes) {
    content.push(text(16, top + 14, `${modeNames[mode]}: farthest from the target`, 'font-weight="600"'));
    top += 24;
    const worst = worstOf(pictures, mode);
    for (let i = 0; i < worst.length; i += perRow) {
      const row = worst.slice(i, i + perRow);
      const thumbnails = await Promise.all(row.map(({ file }) => thumbnailOf(join(folder, file))));
      const height = Math.max(...thumbnails.map((thumbnail) => thumbnail.height));
      for (const [column, picture] of row.entries()) {
        const x = 16 + 212 * column;
        const thumbnail = thumbnails[column];
        content.push(image(x, top + height - thumbnail.height, thumbnail));
        content.push(caption(x, top + height + 16, picture, mode));
      }
      top += height + 48;
    }
  }
  return svg(860, top, "The pictures whose scores are farthest from their targets", content);
}

async function thumbnailOf(path: string): Promise<Rgba> {
  const picture = await readPicture(path);
  const scale = longSide / Math.max(picture.width, picture.height);
  return resize(picture, Math.round(picture.width * scale), Math.round(picture.height * scale));
}

function image(x: number, y: number, { width, height, data }: Rgba): string {
  const encoded = Buffer.from(jpeg.encode({ width, height, data }, 80).data).toString("base64");
  return `<image x="${x}" y="${n(y)}" width="${width}" height="${height}" href="data:image/jpeg;base64,${encoded}"/>`;
}

function caption(x: number, y: number, picture: Judged, mode: Mode): string {
  const { distortion, strength, target } = picture;
  const what = distortion === null ? "pristine" : `${spaced(distortion)} ${strength}`;
  const values = `score ${picture[mode].score.toFixed(3)}, target ${target.toFixed(3)}`;
  return `${text(x, y, what)}
<text x="${x}" y="${n(y + 15)}" fill="${quietInk}" font-size="11">${escaped(values)}</text>`;
}
