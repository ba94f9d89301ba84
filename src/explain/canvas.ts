/**
 * A picture to draw on: areas bounded by straight lines, antialiased by the exact share of each pixel that they cover,
 * filled with a colour or a picture. Lines, rounded rectangles and letters are such areas.
 */
import type { Rgba } from "../image/resize.js";

export type Point = readonly [x: number, y: number];

/** #rrggbb or #rrggbbaa. */
export type Colour = string;

/** What fills an area: RGBA values, 0..255, and where among them those of a pixel begin. */
interface Paint {
  values: ArrayLike<number>;
  at(x: number, y: number): number;
}

export class Canvas implements Rgba {
  readonly data: Uint8Array;

  /** Opaque, of one colour. */
  constructor(
    readonly width: number,
    readonly height: number,
    background: Colour,
  ) {
    this.data = new Uint8Array(width * height * 4);
    const colour = parse(background);
    for (let p = 0; p < width * height; p++) this.data.set(colour, 4 * p);
  }

  /** Fills closed contours: what one encloses, less what another encloses in the other direction. */
  fill(contours: readonly (readonly Point[])[], colour: Colour): void {
    this.#paint(contours, { values: parse(colour), at: () => 0 });
  }

  rectangle(x: number, y: number, width: number, height: number, colour: Colour, radius = 0): void {
    this.fill([rounded(x, y, width, height, radius)], colour);
  }

  line([x0, y0]: Point, [x1, y1]: Point, width: number, colour: Colour): void {
    const scale = width / 2 / Math.hypot(x1 - x0, y1 - y0);
    const [across, down] = [(y0 - y1) * scale, (x1 - x0) * scale];
    this.fill(
      [
        [
          [x0 + across, y0 + down],
          [x1 + across, y1 + down],
          [x1 - across, y1 - down],
          [x0 - across, y0 - down],
        ],
      ],
      colour,
    );
  }

  /** A picture at its own size, its top left corner at whole x and y, its corners rounded. */
  image(
    { width, height, data }: { width: number; height: number; data: ArrayLike<number> },
    x: number,
    y: number,
    radius = 0,
  ): void {
    this.#paint([rounded(x, y, width, height, radius)], {
      values: data,
      at: (px, py) => ((py - y) * width + px - x) * 4,
    });
  }

  #paint(contours: readonly (readonly Point[])[], { values, at }: Paint): void {
    const points = contours.flat();
    const left = Math.max(Math.floor(Math.min(...points.map(([x]) => x))), 0);
    const right = Math.min(Math.ceil(Math.max(...points.map(([x]) => x))), this.width);
    const top = Math.max(Math.floor(Math.min(...points.map(([, y]) => y))), 0);
    const bottom = Math.min(Math.ceil(Math.max(...points.map(([, y]) => y))), this.height);
    if (left >= right || top >= bottom) return;
    const covered = coverage(contours, left, top, right - left, bottom - top);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const share = covered[(y - top) * (right - left) + x - left];
        if (share === 0) continue;
        const from = at(x, y);
        const to = 4 * (y * this.width + x);
        const alpha = (share * values[from + 3]) / 255;
        for (let c = 0; c < 3; c++) {
          this.data[to + c] += Math.round(alpha * (values[from + c] - this.data[to + c]));
        }
      }
    }
  }
}

/**
 * The share of each pixel of a window that contours enclose, 0..1. An edge counts for the pixels right of it by its height in
 * their row, and for those that it crosses by the part of them that lies right of it; upward edges count negative.
 */
function coverage(
  contours: readonly (readonly Point[])[],
  left: number,
  top: number,
  width: number,
  height: number,
): Float32Array {
  // How much more each pixel is covered than the one left of it; a row's last number is of what is right of the window.
  const stride = width + 1;
  const changes = new Float32Array(stride * height);
  for (const contour of contours) {
    for (const [i, [x1, y1]] of contour.entries()) {
      const [x0, y0] = contour.at(i - 1)!;
      addEdge(changes, width, height, [x0 - left, y0 - top], [x1 - left, y1 - top]);
    }
  }
  const covered = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0; x < width; x++) {
      sum += changes[y * stride + x];
      const share = Math.min(Math.abs(sum), 1);
      // What is left by rounding of sums that cancel out is nothing.
      covered[y * width + x] = share < 1e-3 ? 0 : share;
    }
  }
  return covered;
}

function addEdge(changes: Float32Array, width: number, height: number, start: Point, end: Point): void {
  if (start[1] === end[1]) return;
  const sign = start[1] < end[1] ? 1 : -1;
  const [[x0, y0], [x1, y1]] = sign > 0 ? [start, end] : [end, start];
  const slope = (x1 - x0) / (y1 - y0);
  const clamp = (x: number) => Math.min(Math.max(x, 0), width);
  for (let row = Math.max(Math.floor(y0), 0); row < Math.min(Math.ceil(y1), height); row++) {
    const [from, to] = [Math.max(y0, row), Math.min(y1, row + 1)];
    const [xFrom, xTo] = [clamp(x0 + (from - y0) * slope), clamp(x0 + (to - y0) * slope)];
    const [low, high] = [Math.min(xFrom, xTo), Math.max(xFrom, xTo)];
    const rise = sign * (to - from);
    let before = 0;
    for (let column = Math.floor(low); column <= Math.min(Math.floor(high) + 1, width); column++) {
      const share = shareRightOf(low, high, column);
      changes[row * (width + 1) + column] += rise * (share - before);
      before = share;
    }
  }
}

/** How much of a pixel of a row lies right of an edge that runs from `low` to `high` as it crosses the row, on average. */
function shareRightOf(low: number, high: number, column: number): number {
  const clamp = (x: number) => Math.min(Math.max(x, 0), 1);
  if (high - low < 1e-6) return clamp(column + 1 - low);
  // The integral of `clamp` up to x.
  const area = (x: number) => (x <= 0 ? 0 : x <= 1 ? x ** 2 / 2 : x - 0.5);
  return (area(column + 1 - low) - area(column + 1 - high)) / (high - low);
}

function rounded(x: number, y: number, width: number, height: number, radius: number): Point[] {
  if (radius === 0) {
    return [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ];
  }
  const r = Math.min(radius, width / 2, height / 2);
  const corners: [Point, number][] = [
    [[x + width - r, y + r], -Math.PI / 2],
    [[x + width - r, y + height - r], 0],
    [[x + r, y + height - r], Math.PI / 2],
    [[x + r, y + r], Math.PI],
  ];
  const steps = 8;
  return corners.flatMap(([[cx, cy], from]) =>
    Array.from({ length: steps + 1 }, (_, i): Point => {
      const angle = from + (i / steps) * (Math.PI / 2);
      return [cx + r * Math.cos(angle), cy + r * Math.sin(angle)];
    }),
  );
}

function parse(colour: Colour): [r: number, g: number, b: number, a: number] {
  const [r, g, b, a = 255] = colour
    .slice(1)
    .match(/../g)!
    .map((digits) => Number.parseInt(digits, 16));
  return [r, g, b, a];
}
