/**
 * One picture's explanation as a picture: what was judged, where quality is lost, the six dimensions, and what each
 * level of the network finds where. Only what runs in Node imports this, for its font.
 */
import type { Explanation } from "../api/result.js";
import { type Rgba, resize } from "../image/resize.js";
import { Canvas, type Point } from "./canvas.js";
import { type ColourMap, colourTable } from "./colour-map.js";
import type { LevelExplanation, PlaceMap } from "./explanation.js";
import { drawText, fitText, textWidth } from "./font.js";
import { drawLossOver, lossRange, overWhite } from "./loss-overlay.js";
import { extent, paintMap } from "./paint.js";

export interface SheetSubject {
  /** What the picture is called, and the reference if there is one. */
  name: string;
  reference?: string;
  /** Upright, of any size. */
  picture: Rgba;
  explanation: Explanation;
}

interface Size {
  width: number;
  height: number;
}

const sheetWidth = 1600;
const margin = 56;
const contentWidth = sheetWidth - 2 * margin;
const gap = 28;
const cornerRadius = 6;

const colours = {
  background: "#fcfcfa",
  ink: "#1d2126",
  quiet: "#666b73",
  rule: "#e2e2dd",
  track: "#e9e9e5",
  accent: "#3b6fb6",
  accentArea: "#3b6fb638",
};

const styles = {
  title: { size: 36, weight: "semibold", colour: colours.ink },
  score: { size: 76, weight: "semibold", colour: colours.ink, align: "end" },
  heading: { size: 23, weight: "semibold", colour: colours.ink },
  name: { size: 17, weight: "semibold", colour: colours.ink },
  plain: { size: 16, colour: colours.ink },
  about: { size: 17, colour: colours.quiet },
  small: { size: 14, colour: colours.quiet },
} as const;

/** Adjectives shown of the picture, and of each level. */
const pictureWords = 8;
const levelWords = 5;

/** The least width of the panel beside the pictures. */
const panelWidth = 430;

/** Of maps of very wide or tall pictures. */
const leastSide = 16;

/** A part of the sheet: its height, and how it is drawn with its top at y. */
interface Part {
  height: number;
  draw(canvas: Canvas, y: number): void;
}

export function drawSheet(subject: SheetSubject): Rgba {
  const aspect = subject.picture.width / subject.picture.height;
  const parts = [
    header(subject),
    pictures(subject, aspect),
    dimensions(subject, aspect),
    levels(subject, aspect),
    footer(subject),
  ];
  const height = parts.reduce((sum, part) => sum + part.height, 2 * margin);
  const canvas = new Canvas(sheetWidth, height, colours.background);
  let y = margin;
  for (const part of parts) {
    part.draw(canvas, y);
    y += part.height;
  }
  return canvas;
}

function header({ name, reference, explanation }: SheetSubject): Part {
  const { score, width, height, mode, adjectives } = explanation;
  const textRoom = contentWidth - 330;
  const beside = mode === "fr" ? `judged beside ${reference ?? "its reference"}` : "judged on its own";
  const strongest = [...adjectives].sort((a, b) => b.value - a.value).slice(0, pictureWords);
  const words = strongest.map(({ word }) => word).join(", ");
  return {
    height: 162,
    draw(canvas, y) {
      const right = margin + contentWidth;
      drawText(canvas, margin, y + 32, fitText(name, textRoom, styles.title), styles.title);
      const about = `${width} × ${height} pixels, ${beside}`;
      drawText(canvas, margin, y + 68, fitText(about, textRoom, styles.about), styles.about);
      drawText(canvas, margin, y + 104, fitText(words, textRoom, styles.about), {
        ...styles.about,
        colour: colours.ink,
      });
      drawText(canvas, right, y + 58, signed(score), styles.score);
      drawText(canvas, right, y + 88, "quality: higher is better, about 0 to 1", {
        ...styles.small,
        align: "end",
      });
      canvas.rectangle(margin, y + 130, contentWidth, 1, colours.rule);
    },
  };
}

/** The picture, the same with the loss over it, and a chart of the dimensions: beside each other, or a panorama above. */
function pictures({ picture, explanation }: SheetSubject, aspect: number): Part {
  const isPanorama = aspect > 2.2;
  const room = contentWidth - panelWidth - gap;
  const size = isPanorama
    ? fit(aspect, { width: room, height: 480 })
    : fit(aspect, { width: (room - gap) / 2, height: 680 });
  const column = Math.max(size.width, 340);
  const captions = 60;
  const taken = isPanorama ? room : 2 * column + gap;
  const panel = { width: contentWidth - taken - gap, height: 0 };
  const stacked = size.height + captions;
  panel.height = Math.max(isPanorama ? 2 * stacked : stacked, 400);
  return {
    height: panel.height + 44,
    draw(canvas, y) {
      const shown = resize(picture, size.width, size.height);
      const [x2, y2] = isPanorama ? [margin, y + stacked] : [margin + column + gap, y];
      drawText(canvas, margin, y + 20, "The picture", styles.heading);
      canvas.image(overWhite(shown), margin, y + 38, cornerRadius);
      drawText(canvas, x2, y2 + 20, "Where quality is lost", styles.heading);
      canvas.image(
        drawLossOver(shown, explanation.loss, lossRange(explanation.loss)),
        x2,
        y2 + 38,
        cornerRadius,
      );
      const legendTop = y2 + 38 + size.height;
      const legendRight = x2 + Math.max(size.width, 300);
      drawLegend(canvas, legendRight, legendTop + 22, "inferno", lossRange(explanation.loss).map(short), 110);
      drawText(canvas, x2, legendTop + 22, "score lost there", styles.small);
      const panelX = margin + taken + gap;
      drawRadar(canvas, panelX + panel.width / 2, y + panel.height / 2, panel, explanation.dimensions);
    },
  };
}

/** Each dimension's value and map. */
function dimensions({ explanation }: SheetSubject, aspect: number): Part {
  const entries = Object.entries(explanation.dimensions);
  const column = Math.floor((contentWidth - gap * (entries.length - 1)) / entries.length);
  const size = fit(aspect, { width: column, height: 260 });
  const range = tenthsAround(Object.values(explanation.dimensionMaps));
  return {
    height: 116 + size.height + 50,
    draw(canvas, y) {
      drawHeading(canvas, y, "Six dimensions, place by place", "1 is the good pole");
      drawLegend(canvas, margin + contentWidth, y + 20, "viridis", range.map(short), 160);
      for (const [i, [name, value]] of entries.entries()) {
        const x = margin + i * (column + gap);
        drawText(canvas, x, y + 76, name, styles.name);
        drawText(canvas, x + column, y + 76, value.toFixed(2), { ...styles.name, align: "end" });
        drawBar(canvas, x, y + 88, column, value);
        drawMap(canvas, x, y + 112, size, explanation.dimensionMaps[name], range);
      }
    },
  };
}

/** Both maps and the strongest adjectives of each level. */
function levels({ explanation }: SheetSubject, aspect: number): Part {
  const column = Math.floor(
    (contentWidth - gap * (explanation.levels.length - 1)) / explanation.levels.length,
  );
  const besides = aspect < 0.85;
  const size = fit(aspect, { width: besides ? Math.floor((column - 14) / 2) : column, height: 320 });
  const captions = 28;
  const mapsHeight = besides ? size.height + captions : 2 * (size.height + captions) + 14;
  const about = [", the shallowest", "", "", ", the deepest"];
  return {
    height: 100 + mapsHeight + 26 + levelWords * 27 + 44,
    draw(canvas, y) {
      drawHeading(
        canvas,
        y,
        "Four levels of features",
        "information: how much is found at a place; weight: how much is made of it",
      );
      drawLegend(canvas, margin + contentWidth, y + 20, "viridis", ["each map's least", "most"], 160);
      for (const [i, level] of explanation.levels.entries()) {
        const x = margin + i * (column + gap);
        const width = drawText(canvas, x, y + 76, `Level ${i + 1}`, styles.name);
        drawText(canvas, x + width, y + 76, about[i], styles.about);
        const top = y + 92;
        const [x2, y2] = besides
          ? [x + Math.floor((column + 14) / 2), top]
          : [x, top + size.height + captions + 14];
        drawCaptionedMap(canvas, x, top, size, level.information, "information");
        drawCaptionedMap(canvas, x2, y2, size, level.weight, "weight");
        drawWords(canvas, x, top + mapsHeight + 34, column, level);
      }
    },
  };
}

function footer({ explanation }: SheetSubject): Part {
  const { model, checkpoint, executor, adapter, loss } = explanation;
  return {
    height: 34,
    draw(canvas, y) {
      const by = `${model} ${checkpoint} on ${executor} (${adapter})`;
      const grid = `maps of ${loss.columns} × ${loss.rows} places`;
      canvas.rectangle(margin, y, contentWidth, 1, colours.rule);
      const right = margin + contentWidth;
      drawText(canvas, right, y + 30, grid, { ...styles.small, align: "end" });
      const room = contentWidth - textWidth(grid, styles.small) - gap;
      drawText(canvas, margin, y + 30, fitText(by, room, styles.small), styles.small);
    },
  };
}

function drawHeading(canvas: Canvas, y: number, heading: string, about: string): void {
  const width = drawText(canvas, margin, y + 20, heading, styles.heading);
  drawText(canvas, margin + width + 16, y + 20, about, styles.about);
}

function drawMap(
  canvas: Canvas,
  x: number,
  y: number,
  size: Size,
  map: PlaceMap,
  range?: readonly [number, number],
): void {
  canvas.image(paintMap(map, size, { range }), x, y, cornerRadius);
}

/** A map in colours of its own range, which is written under it. */
function drawCaptionedMap(
  canvas: Canvas,
  x: number,
  y: number,
  size: Size,
  map: PlaceMap,
  caption: string,
): void {
  drawMap(canvas, x, y, size, map);
  const right = x + Math.max(size.width, 166);
  drawText(canvas, x, y + size.height + 19, caption, styles.small);
  const [low, high] = extent(map);
  drawText(canvas, right, y + size.height + 19, `${low.toFixed(2)} to ${high.toFixed(2)}`, {
    ...styles.small,
    align: "end",
  });
}

/** A strip of a map's colours that ends at `right`, between the names of its ends. */
function drawLegend(
  canvas: Canvas,
  right: number,
  baseline: number,
  map: ColourMap,
  [low, high]: readonly string[],
  length: number,
): void {
  const table = colourTable(map);
  const strip = new Uint8Array(length * 10 * 4);
  for (let p = 0; p < length * 10; p++) {
    const colour = Math.round(((p % length) / (length - 1)) * 255);
    strip.set([...table.subarray(3 * colour, 3 * colour + 3), 255], 4 * p);
  }
  const x = Math.round(right - textWidth(high, styles.small) - 8 - length);
  drawText(canvas, right, baseline, high, { ...styles.small, align: "end" });
  canvas.image({ width: length, height: 10, data: strip }, x, baseline - 10, 3);
  drawText(canvas, x - 8, baseline, low, { ...styles.small, align: "end" });
}

function drawBar(canvas: Canvas, x: number, y: number, width: number, value: number): void {
  const filled = Math.min(Math.max(value, 0), 1) * width;
  canvas.rectangle(x, y, width, 8, colours.track, 4);
  if (filled > 0) canvas.rectangle(x, y, filled, 8, colours.accent, 4);
}

function drawWords(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  { adjectives }: LevelExplanation,
): void {
  for (const [i, { word, value }] of adjectives.slice(0, levelWords).entries()) {
    const baseline = y + i * 27;
    drawText(canvas, x, baseline, fitText(word, 128, styles.plain), styles.plain);
    drawBar(canvas, x + 136, baseline - 9, width - 136 - 48, value);
    drawText(canvas, x + width, baseline, value.toFixed(2), { ...styles.plain, align: "end" });
  }
}

/** The dimensions on as many axes, from 0 in the middle to 1 at the rim. */
function drawRadar(canvas: Canvas, x: number, y: number, room: Size, values: Record<string, number>): void {
  const entries = Object.entries(values);
  const radius = Math.min(room.width / 2 - 90, room.height / 2 - 52, 230);
  const at = (i: number, share: number): Point => {
    const angle = (i / entries.length) * 2 * Math.PI - Math.PI / 2;
    return [x + share * radius * Math.cos(angle), y + share * radius * Math.sin(angle)];
  };
  const ring = (share: number) => entries.map((_, i) => at(i, share));
  for (const share of [0.25, 0.5, 0.75, 1]) outline(canvas, ring(share), 1, colours.rule);
  for (const i of entries.keys()) canvas.line(at(i, 0), at(i, 1), 1, colours.rule);
  const shape = entries.map(([, value], i) => at(i, Math.min(Math.max(value, 0), 1)));
  canvas.fill([shape], colours.accentArea);
  outline(canvas, shape, 2.5, colours.accent);
  for (const [px, py] of shape) canvas.rectangle(px - 4.5, py - 4.5, 9, 9, colours.accent, 4.5);
  for (const [i, [name, value]] of entries.entries()) {
    const [px, py] = at(i, 1);
    const isBeside = Math.abs(px - x) > 1;
    const align = !isBeside ? "middle" : px > x ? "start" : "end";
    const textX = px + (isBeside ? Math.sign(px - x) * 10 : 0);
    const textY = isBeside ? py - 2 : py < y ? py - 30 : py + 24;
    drawText(canvas, textX, textY, name, { ...styles.plain, align });
    drawText(canvas, textX, textY + 19, value.toFixed(2), { ...styles.name, size: 15, align });
  }
}

function outline(canvas: Canvas, points: readonly Point[], width: number, colour: string): void {
  for (const [i, point] of points.entries()) canvas.line(points.at(i - 1)!, point, width, colour);
}

/** The largest size of an aspect ratio within a room, in whole pixels. */
function fit(aspect: number, room: Size): Size {
  const width = Math.min(room.width, room.height * aspect);
  return {
    width: Math.floor(Math.max(width, leastSide)),
    height: Math.floor(Math.max(width / aspect, leastSide)),
  };
}

/** Within which all maps' values lie. */
function tenthsAround(maps: readonly PlaceMap[]): [low: number, high: number] {
  const ends = maps.flatMap(extent);
  const low = Math.floor(Math.min(...ends) * 10) / 10;
  return [low, Math.max(Math.ceil(Math.max(...ends) * 10), Math.floor(Math.min(...ends) * 10) + 1) / 10];
}

function signed(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
