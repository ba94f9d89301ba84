/** Text on a canvas, in Inter: one line, left to right, without kerning. Only what runs in Node imports this. */
import type { Canvas, Colour, Point } from "./canvas.js";
import { type Glyphs, regular, semibold, unitsPerEm } from "./glyphs.js";

export interface Font {
  /** Of an em, in pixels; capitals are 0.73 of it. */
  size: number;
  weight?: "regular" | "semibold";
}

export interface TextStyle extends Font {
  colour: Colour;
  /** Which part of the text is at x; its start by default. */
  align?: "start" | "middle" | "end";
}

/** An advance width and contours, in ems, down from the baseline. */
interface Glyph {
  advance: number;
  contours: readonly (readonly Point[])[];
}

/** Steps in which a curve is drawn. */
const curveSteps = 6;

/** What stands for a character that the font does not have: an empty box. */
const missing = "600m60 0l0-720l480 0l0 720m-420-60l360 0l0-600l-360 0";

const parsed = new Map<string, Glyph>();

/** The width of a text in pixels. */
export function textWidth(text: string, font: Font): number {
  return [...text].reduce((sum, character) => sum + glyphOf(character, font).advance, 0) * font.size;
}

/** Writes a text whose baseline is at y; gives its width. */
export function drawText(canvas: Canvas, x: number, y: number, text: string, style: TextStyle): number {
  const width = textWidth(text, style);
  let at = x - { start: 0, middle: width / 2, end: width }[style.align ?? "start"];
  for (const character of text) {
    const { advance, contours } = glyphOf(character, style);
    const placed = contours.map((contour) =>
      contour.map(([px, py]): Point => [at + px * style.size, y + py * style.size]),
    );
    if (placed.length > 0) canvas.fill(placed, style.colour);
    at += advance * style.size;
  }
  return width;
}

/** The text, or as much of it as fits into a width before an ellipsis. */
export function fitText(text: string, width: number, font: Font): string {
  if (textWidth(text, font) <= width) return text;
  let kept = "";
  for (const character of text) {
    if (textWidth(`${kept}${character}…`, font) > width) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

function glyphOf(character: string, { weight = "regular" }: Font): Glyph {
  const found =
    weight === "semibold"
      ? (lookUp(semibold, character) ?? lookUp(regular, character))
      : lookUp(regular, character);
  return parse(found ?? missing);
}

function lookUp(glyphs: Glyphs, character: string): string | undefined {
  return Object.hasOwn(glyphs, character) ? glyphs[character] : undefined;
}

function parse(glyph: string): Glyph {
  const known = parsed.get(glyph);
  if (known) return known;
  const [advance, ...commands] = glyph.split(/(?=[mlq])/);
  const contours: Point[][] = [];
  let [x, y] = [0, 0];
  for (const command of commands) {
    const steps = command.match(/-?\d+/g)!.map((number) => Number(number) / unitsPerEm);
    const [toX, toY] = [x + steps.at(-2)!, y + steps.at(-1)!];
    if (command[0] === "m") contours.push([]);
    if (command[0] === "q") {
      const [controlX, controlY] = [x + steps[0], y + steps[1]];
      for (let i = 1; i < curveSteps; i++) {
        const t = i / curveSteps;
        const [start, control, end] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
        contours
          .at(-1)!
          .push([start * x + control * controlX + end * toX, start * y + control * controlY + end * toY]);
      }
    }
    contours.at(-1)!.push([toX, toY]);
    [x, y] = [toX, toY];
  }
  const result = { advance: Number(advance) / unitsPerEm, contours };
  parsed.set(glyph, result);
  return result;
}
