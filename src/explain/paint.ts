/** Maps of places as pictures. */
import { InputError } from "../errors.js";
import { type ColourMap, colourCount, colourTable } from "./colour-map.js";
import type { PlaceMap } from "./explanation.js";

/** How a map is painted. */
export interface PaintOptions {
  /** The values of the first and the last colour; beyond them nothing changes. By default the map's smallest and largest. */
  range?: readonly [low: number, high: number];
  /** "viridis" by default. */
  colours?: ColourMap;
  /** Makes low values transparent, so that the map can lie over the picture: alpha rises from 0 to 255 with the value. */
  fade?: boolean;
}

/** RGBA, alpha straight: what `new ImageData(data, width, height)` takes, and `model.score`. */
export interface PaintedMap {
  /** `width·height·4` values, row by row from the top left. */
  data: Uint8ClampedArray<ArrayBuffer>;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** Red, green, blue and alpha. */
  channels: 4;
}

/**
 * Paints a map at a picture's size. A cell's value is kept at its centre; between centres runs a
 * cubic spline, which is kept within the map's values, as it would overshoot; outside the outermost centres it stays.
 * @param size In pixels; any, but most often the picture's.
 * @throws InputError INPUT_MAP (not rows·columns finite numbers), INPUT_SIZE, INPUT_RANGE (not two finite numbers, the
 * first smaller), INPUT_COLOURS.
 */
export function paintMap(
  map: PlaceMap,
  size: { width: number; height: number },
  options: PaintOptions = {},
): PaintedMap {
  requireMap(map);
  requireSize(size);
  const { range, colours = "viridis", fade = false } = options;
  if (range) requireRange(range);
  const [least, most] = extent(map);
  const [low, high] = range ?? [least, most];
  const table = colourTable(colours);
  const { width, height } = size;
  const data = new Uint8ClampedArray(width * height * 4);
  const values = enlarge(map, width, height);
  // A map of one value has no high one: all of it is low.
  const scale = high > low ? 1 / (high - low) : 0;
  for (let p = 0; p < width * height; p++) {
    const value = Math.min(Math.max(values[p], least), most);
    const position = Math.min(Math.max((value - low) * scale, 0), 1);
    const colour = 3 * Math.round(position * (colourCount - 1));
    data[4 * p] = table[colour];
    data[4 * p + 1] = table[colour + 1];
    data[4 * p + 2] = table[colour + 2];
    data[4 * p + 3] = fade ? Math.round(position * 255) : 255;
  }
  return { data, width, height, channels: 4 };
}

/** A map's smallest and largest value. */
export function extent({ data }: PlaceMap): [low: number, high: number] {
  return data.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** The values at `width`×`height` pixels: across, then down. */
function enlarge({ rows, columns, data }: PlaceMap, width: number, height: number): Float32Array {
  const across = new Float32Array(rows * width);
  const horizontal = positions(columns, width);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      across[row * width + x] = interpolate(data, row * columns, 1, horizontal[x]);
    }
  }
  const down = new Float32Array(height * width);
  for (const [y, position] of positions(rows, height).entries()) {
    for (let x = 0; x < width; x++) down[y * width + x] = interpolate(across, x, width, position);
  }
  return down;
}

/** Where a pixel lies along one side. */
interface Position {
  /** The two cells between whose centres it is, and their neighbours; beyond the edge the outermost is repeated. */
  cells: readonly [number, number, number, number];
  /** How far it is from the second cell's centre to the third's, 0..1. */
  t: number;
}

function positions(cells: number, pixels: number): Position[] {
  const clamp = (cell: number) => Math.min(Math.max(cell, 0), cells - 1);
  return Array.from({ length: pixels }, (_, pixel) => {
    const at = clamp(((pixel + 0.5) * cells) / pixels - 0.5);
    const cell = Math.floor(at);
    return { cells: [clamp(cell - 1), cell, clamp(cell + 1), clamp(cell + 2)], t: at - cell };
  });
}

/** Catmull and Rom's cubic spline. */
function interpolate(values: Float32Array, first: number, step: number, { cells, t }: Position): number {
  const before = values[first + cells[0] * step];
  const from = values[first + cells[1] * step];
  const to = values[first + cells[2] * step];
  const after = values[first + cells[3] * step];
  const startSlope = (to - before) / 2;
  const endSlope = (after - from) / 2;
  const bend = startSlope + endSlope - 2 * (to - from);
  return from + t * (startSlope + t * (to - from - startSlope - bend + t * bend));
}

function requireMap({ rows, columns, data }: PlaceMap): void {
  if (isLength(rows) && isLength(columns) && data.length === rows * columns && data.every(Number.isFinite)) {
    return;
  }
  throw new InputError(
    "INPUT_MAP",
    `A map of ${rows}×${columns} cells wants as many finite numbers; the data has ${data.length}.`,
    "Give a map as `model.explain` returns it.",
  );
}

function requireSize({ width, height }: { width: number; height: number }): void {
  if (isLength(width) && isLength(height)) return;
  throw new InputError(
    "INPUT_SIZE",
    `A map cannot be painted at ${width}×${height}.`,
    "Give whole numbers of pixels, at least 1.",
  );
}

function requireRange([low, high]: readonly [number, number]): void {
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) return;
  throw new InputError(
    "INPUT_RANGE",
    `A map cannot be painted over the range ${low} to ${high}.`,
    "Give two finite numbers, the smaller one first.",
  );
}

function isLength(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
