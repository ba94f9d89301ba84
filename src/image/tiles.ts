/**
 * Cutting a picture into overlapping tiles of one size, and how much each cell of a tile counts for when tiles are
 * joined, so that every place of the picture counts once.
 */
import { requireMinSide } from "./policy.js";

/**
 * The longest side of a tile in pixels. A cell more than the shorter side at which checkpoints were trained: tiles of 512
 * would make a picture that is hardly larger 1.56 times as much work a pixel, these make none more than 1.49 times.
 */
export const maxTileSide = 544;

/** Pixels along a side of a cell, of which the network makes a token: its backbone halves a picture five times. */
export const cellSide = 32;

/** Neighbouring tiles share this many pixels at least, so that no place is seen only beside a tile's border. */
const minOverlap = 64;

/** The tiles of one axis. */
export interface AxisTiles {
  /** Pixels of every tile. */
  side: number;
  /** The first pixel of each tile, rising. */
  starts: number[];
  /** How much of each cell of each tile counts, 0..1. */
  shares: number[][];
}

/** A picture's tiles: every column of `columns` with every row of `rows`. */
export interface Tiling {
  columns: AxisTiles;
  rows: AxisTiles;
  /** How many tiles there are. */
  count: number;
  /** The policy in words, as results report it. */
  policy: string;
}

/**
 * The tiles of a picture of `width`×`height` pixels (already turned upright), each 544×544 at most.
 * @throws InputError (INPUT_TOO_SMALL) when a side is shorter than 32.
 */
export function tilePicture(width: number, height: number): Tiling {
  requireMinSide(width, height);
  const [columns, rows] = [tileAxis(width), tileAxis(height)];
  const count = columns.starts.length * rows.starts.length;
  const policy = `native, ${count} tiles of ${columns.side}x${rows.side}`;
  return { columns, rows, count, policy };
}

/**
 * As few tiles as cover an axis, and as short ones: an axis of 544 pixels at most is one tile of its own length; a longer
 * one has tiles of one length, a multiple of 32, which overlap by 64 at least. Tiles start at multiples of 32, where the
 * backbone sees in a tile what it would see in the whole picture, but for the last, which ends with the axis. Each
 * overlap is cut in its middle, and a cell counts by the part of it that lies on its tile's side of the cuts.
 */
export function tileAxis(length: number): AxisTiles {
  if (length <= maxTileSide) {
    const cells = Math.ceil(length / cellSide);
    return { side: length, starts: [0], shares: [new Array<number>(cells).fill(1)] };
  }
  const count = Math.ceil((length - minOverlap) / (maxTileSide - minOverlap));
  const side = toCells((length + (count - 1) * minOverlap) / count);
  const starts = Array.from({ length: count }, (_, k) =>
    Math.min(toCells((k * (length - side)) / (count - 1)), length - side),
  );
  const cuts = starts.slice(1).map((start, k) => (start + starts[k] + side) / 2);
  const shares = starts.map((start, k) => {
    const [from, to] = [cuts[k - 1] ?? 0, cuts[k] ?? length];
    return Array.from({ length: side / cellSide }, (_, cell) => {
      const at = start + cell * cellSide;
      return Math.max(0, Math.min(at + cellSide, to) - Math.max(at, from)) / cellSide;
    });
  });
  return { side, starts, shares };
}

/** A tile by its numbers along both axes, and how much each of its cells counts, row by row. */
export interface Tile {
  column: number;
  row: number;
  shares: Float32Array;
}

/** A picture's tiles, row by row. */
export function tilesOf({ columns, rows }: Tiling): Tile[] {
  return rows.shares.flatMap((down, row) =>
    columns.shares.map((across, column) => ({
      column,
      row,
      shares: Float32Array.from(down.flatMap((y) => across.map((x) => y * x))),
    })),
  );
}

/** Rounded up to a multiple of a cell's side. */
function toCells(pixels: number): number {
  return Math.ceil(pixels / cellSide) * cellSide;
}
