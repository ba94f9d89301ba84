/** Parts of charts as SVG text: a white panel that is legible on light and dark pages, scales, axes, lines. */

export const ink = "#222";
export const quietInk = "#666";
export const modeColours = { nr: "#3b6fb6", fr: "#c8553d" };
export const modeNames = { nr: "NR, alone", fr: "FR, compared" };

/** A whole picture of `width`×`height` user units. */
export function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#fff"/>
${content.join("\n")}
</svg>
`;
}

export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

export function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${n(x)}" y="${n(y)}" fill="${ink}" ${attributes}>${escaped(content)}</text>`;
}

export type Point = readonly [x: number, y: number];

export function path(points: readonly Point[], attributes: string): string {
  return `<path d="M${points.map(([x, y]) => `${n(x)} ${n(y)}`).join("L")}" fill="none" ${attributes}/>`;
}

/** The area between two lines over the same places. */
export function band(upper: readonly Point[], lower: readonly Point[], attributes: string): string {
  const outline = [...upper, ...[...lower].reverse()];
  return `<path d="M${outline.map(([x, y]) => `${n(x)} ${n(y)}`).join("L")}Z" ${attributes}/>`;
}

/** A coordinate with one decimal. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A rectangle for data, in user units, and the values at its edges. */
export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
  xRange: readonly [from: number, to: number];
  yRange: readonly [from: number, to: number];
}

/** Where a pair of values lies in a frame. */
export function place({ x, y, width, height, xRange, yRange }: Frame): (x: number, y: number) => Point {
  return (atX, atY) => [
    x + ((atX - xRange[0]) / (xRange[1] - xRange[0])) * width,
    y + height - ((atY - yRange[0]) / (yRange[1] - yRange[0])) * height,
  ];
}

export interface AxisLabels {
  title?: string;
  x?: string;
  y?: string;
  xTicks: readonly number[];
  yTicks: readonly number[];
  /** How a tick of either axis is written. */
  xFormat?: (value: number) => string;
  yFormat?: (value: number) => string;
}

/** Grid lines with their values, labels and a title. */
export function axes(frame: Frame, labels: AxisLabels): string {
  const { x, y, width, height } = frame;
  const at = place(frame);
  const [bottom, right] = [y + height, x + width];
  const lines: string[] = [];
  for (const tick of labels.xTicks) {
    const [tx] = at(tick, 0);
    lines.push(`<path d="M${n(tx)} ${n(y)}V${n(bottom)}" stroke="#e6e6e6"/>`);
    lines.push(label(tx, bottom + 15, (labels.xFormat ?? String)(tick), 'text-anchor="middle"'));
  }
  for (const tick of labels.yTicks) {
    const [, ty] = at(0, tick);
    lines.push(`<path d="M${n(x)} ${n(ty)}H${n(right)}" stroke="#e6e6e6"/>`);
    lines.push(label(x - 6, ty + 4, (labels.yFormat ?? String)(tick), 'text-anchor="end"'));
  }
  if (labels.title) lines.push(text(x, y - 8, labels.title, 'font-weight="600"'));
  if (labels.x) lines.push(label(x + width / 2, bottom + 31, labels.x, 'text-anchor="middle"'));
  if (labels.y) {
    const [lx, ly] = [x - 34, y + height / 2];
    lines.push(label(lx, ly, labels.y, `text-anchor="middle" transform="rotate(-90 ${n(lx)} ${n(ly)})"`));
  }
  return lines.join("\n");
}

function label(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${n(x)}" y="${n(y)}" fill="${quietInk}" font-size="11" ${attributes}>${escaped(content)}</text>`;
}

/** Multiples of `step` within a range. */
export function ticks([from, to]: readonly [number, number], step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}
