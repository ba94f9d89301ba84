/** The plots of tools/bench/RESULTS.md, as SVG text. */
import { axes, type Frame, ink, n, place, quietInk, svg, text } from "../../../src/evaluation/svg.js";
import { engineNames, isVariant, platformNames } from "./names.js";
import { short } from "./numbers.js";
import type { PlatformResults } from "./results.js";
import { type Ratio, ratiosOf, startsOf } from "./summary.js";

const colours: Record<string, string> = {
  bpclip: "#3b6fb6",
  "ort-webgpu": "#c8553d",
  "ort-web": "#c8553d",
  "ort-cpu": "#e08a1e",
  "torch-cpu": "#3f9b57",
};
const variantColour = "#8a63b5";

const phases = [
  ["load", "#9db8dc"],
  ["compile", "#3b6fb6"],
  ["first run", "#1d3a63"],
] as const;

const width = 860;
/** Where data begin, right of the names. */
const left = 220;
const right = 30;
/** Of the longest start, with room for its number. */
const startWidth = width - left - right - 40;
const rowHeight = 20;
const groupGap = 26;
const top = 52;
const bottom = 46;

/** Ratios are drawn on an axis of logarithms, at these. */
const ratioTicks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

interface Group<T> {
  title: string;
  rows: T[];
}

interface Row<T> {
  row: T;
  y: number;
}

/** How many times as long each engine takes as ours: a disc by the clock, a ring by the CPU, a bar the middle half. */
export function ratioPlot(results: PlatformResults): string {
  const { platform, networks } = results;
  const groups = networks.map((entry) => ({ title: entry.network, rows: ratiosOf(entry) }));
  const { titles, rows, height } = layOut(groups);
  const values = rows.flatMap(({ row: { time, cpu } }) => [time.low, time.high, cpu.low, cpu.high]);
  const range = rangeOf([...values, 1]);
  const shown = ratioTicks.map(Math.log10).filter((tick) => tick >= range[0] && tick <= range[1]);
  const frame = frameOf(range, height);
  const at = place(frame);
  const labels = axes(frame, {
    ...{
      xTicks: shown,
      yTicks: [],
      xFormat: (value: number) => String(Number((10 ** value).toPrecision(2))),
    },
    x: "times as long as bpclip takes (right of 1, bpclip is faster)",
  });
  const [one] = at(0, 0);
  const line = `<path d="M${n(one)} ${n(frame.y)}V${n(frame.y + frame.height)}" stroke="${ink}"/>`;
  const marks = rows.map(({ row, y }) => ratioMarks(row, y, (value) => at(Math.log10(value), 0)[0]));
  return svg(width, height, `Times of other engines in bpclip's, ${platform}`, [
    ...heading(results, [
      ["●", "by the clock, with the middle half"],
      ["○", "by CPU time"],
    ]),
    labels,
    line,
    ...titles,
    ...marks,
  ]);
}

function ratioMarks({ engine, time, cpu }: Ratio, y: number, x: (value: number) => number): string {
  const colour = colourOf(engine);
  return [
    name(engine, y),
    `<path d="M${n(x(time.low))} ${n(y)}H${n(x(time.high))}" stroke="${colour}" stroke-width="3"/>`,
    `<circle cx="${n(x(time.median))}" cy="${n(y)}" r="5" fill="${colour}"/>`,
    `<circle cx="${n(x(cpu.median))}" cy="${n(y)}" r="5" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
  ].join("\n");
}

/** From nothing to the first result, in steady runs of ours; the longest start of each network has the full width. */
export function startPlot(results: PlatformResults): string {
  const { platform, networks } = results;
  const groups = networks.map((entry) => {
    const starts = startsOf(entry).filter(({ engine }) => !isVariant(engine));
    const sums = starts.map(({ load, compile, first }) => load + compile + first);
    const longest = Math.max(...sums);
    return {
      title: entry.network,
      rows: starts.map((start, i) => ({ start, sum: sums[i], unit: startWidth / longest })),
    };
  });
  const { titles, rows, height } = layOut(groups);
  const bars = rows.map(({ row: { start, sum, unit }, y }) => {
    let x = left;
    const parts = [start.load, start.compile, start.first].map((value, phase) => {
      const size = `width="${n(value * unit)}" height="${rowHeight - 8}"`;
      const part = `<rect x="${n(x)}" y="${n(y - rowHeight / 2 + 4)}" ${size} fill="${phases[phase][1]}"/>`;
      x += value * unit;
      return part;
    });
    return [name(start.engine, y), ...parts, text(x + 6, y + 4, short(sum), 'font-size="11"')].join("\n");
  });
  const legend = phases.map(([phase, colour]) => ["■", phase, colour] as const);
  const note = "in steady runs of bpclip on the same network; each network has a scale of its own";
  return svg(width, height - 14, `Starts to the first result, ${platform}`, [
    ...heading(results, legend),
    ...titles,
    ...bars,
    text(left, height - 28, note, `font-size="11" fill-opacity="0.7"`),
  ]);
}

/** Rows one below the other, a title above those of each network. */
function layOut<T>(groups: readonly Group<T>[]): { titles: string[]; rows: Row<T>[]; height: number } {
  const titles: string[] = [];
  const rows: Row<T>[] = [];
  let y = top;
  for (const group of groups.filter(({ rows }) => rows.length > 0)) {
    titles.push(text(16, y + groupGap - 8, group.title, 'font-weight="600"'));
    y += groupGap;
    for (const row of group.rows) {
      rows.push({ row, y: y + rowHeight / 2 });
      y += rowHeight;
    }
  }
  return { titles, rows, height: y + bottom };
}

function frameOf(xRange: readonly [number, number], height: number): Frame {
  return {
    x: left,
    y: top - 4,
    width: width - left - right,
    height: height - top - bottom + 8,
    xRange,
    yRange: [0, 1],
  };
}

/** The platform and its adapter, and below what the marks mean. */
function heading(
  { platform, adapter }: PlatformResults,
  legend: readonly (readonly [string, string, string?])[],
): string[] {
  let x = left;
  const entries = legend.map(([mark, meaning, colour = quietInk]) => {
    const entry = `<tspan fill="${colour}">${mark}</tspan> ${meaning}`;
    const at = x;
    x += 26 + 6.2 * meaning.length;
    return `<text x="${n(at)}" y="40" fill="${quietInk}" font-size="11">${entry}</text>`;
  });
  const title = `${platformNames[platform] ?? platform}: ${adapter}`;
  return [text(16, 22, title, 'font-weight="600"'), ...entries];
}

function name(engine: string, y: number): string {
  return text(left - 12, y + 4, engineNames[engine] ?? engine, 'text-anchor="end"');
}

function colourOf(engine: string): string {
  return colours[engine] ?? variantColour;
}

/** Powers of ten about all values, with a little room. */
function rangeOf(values: readonly number[]): [number, number] {
  const logs = values.map(Math.log10);
  return [Math.min(...logs) - 0.1, Math.max(...logs) + 0.1];
}
