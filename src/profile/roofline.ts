/**
 * A profile as a roofline plot: what each step reaches over how much it computes for each byte that it moves, under what
 * the machine's arithmetic and its memory allow. S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful
 * visual performance model for multicore architectures", CACM 52(4), 2009.
 */
import { axes, escaped, type Frame, ink, n, path, place, svg, text, ticks } from "../evaluation/svg.js";
import type { Profile, ProfiledGroup, ProfiledStep } from "./profile.js";
import { si } from "./units.js";

const frame = { x: 66, y: 78, width: 500, height: 370 };
const legend = { x: 592, y: 90, row: 18, right: 868 };
const width = 884;

/** Okabe and Ito's, told apart by nearly everybody; where kernels are more, the next are rings of the same. */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7d00", "#555555"];

/** A picture as SVG text: each step a mark, by its kernel, its area that of its share of the time. */
export function rooflinePlot(profile: Profile): string {
  const { kernels, peaks, steps, total, model, adapter } = profile;
  // What computes nothing, or took no time that the clock saw, has no place on logarithmic scales.
  const shown = steps.filter(({ flop, ms }) => flop > 0 && ms > 0);
  const ridge = peaks.flopPerSecond / peaks.bytesPerSecond;
  const logs: Frame = {
    ...frame,
    xRange: decades([ridge / 3, 3 * ridge, ...shown.map(intensityOf)]),
    yRange: decades([peaks.flopPerSecond / 3, 3 * peaks.flopPerSecond, ...shown.map(rateOf)]),
  };
  const at = place(logs);
  const styles = new Map(kernels.map(({ name }, i) => [name, markStyle(i)]));
  const marks = shown.map((step) => {
    const [x, y] = at(Math.log10(intensityOf(step)), Math.log10(rateOf(step)));
    return mark(x, y, 3 + 14 * Math.sqrt(step.ms / total.ms), styles.get(step.kernel) ?? "", titleOf(step));
  });

  const bottom = legend.y + legend.row * (kernels.length + 2);
  return svg(width, Math.max(frame.y + frame.height + 50, bottom), `Roofline of ${model}`, [
    text(frame.x, 28, `Roofline: ${model} on ${adapter}`, 'font-size="15" font-weight="600"'),
    text(frame.x, 47, subtitleOf(profile), 'font-size="11" opacity="0.75"'),
    axes(logs, {
      x: "FLOP a byte moved",
      xTicks: ticks(logs.xRange, 1),
      yTicks: ticks(logs.yRange, 1),
      xFormat: (log) => si(10 ** log).trim(),
      yFormat: (log) => si(10 ** log).trim(),
    }),
    text(frame.x, frame.y - 7, "FLOP a second", `font-size="11" fill-opacity="0.75"`),
    ...roofs(profile, logs),
    ...marks,
    ...legendOf(profile, styles),
  ]);
}

function intensityOf({ flop, bytesRead, bytesWritten }: ProfiledStep): number {
  return flop / (bytesRead + bytesWritten);
}

function rateOf({ flop, ms }: ProfiledStep): number {
  return flop / (ms / 1000);
}

/** Whole powers of ten around positive values, as logarithms. */
function decades(values: readonly number[]): [number, number] {
  return [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
}

/** What memory allows, as far as it is less, and then what arithmetic allows. */
function roofs({ peaks }: Profile, logs: Frame): string[] {
  const at = place(logs);
  const { xRange, yRange } = logs;
  const bandwidth = Math.log10(peaks.bytesPerSecond);
  const flops = Math.log10(peaks.flopPerSecond);
  const left = Math.max(xRange[0], yRange[0] - bandwidth);
  const [start, ridge, end] = [
    at(left, left + bandwidth),
    at(flops - bandwidth, flops),
    at(xRange[1], flops),
  ];
  const [dx, dy] = [ridge[0] - start[0], ridge[1] - start[1]];
  const [mx, my] = [start[0] + 0.4 * dx - 6, start[1] + 0.4 * dy - 6];
  const slope = `transform="rotate(${n((Math.atan2(dy, dx) * 180) / Math.PI)} ${n(mx)} ${n(my)})"`;
  return [
    path([start, ridge, end], `stroke="${ink}" stroke-width="2" stroke-linejoin="round"`),
    text(mx, my, `memory: ${si(peaks.bytesPerSecond)}B/s`, `text-anchor="middle" font-size="11" ${slope}`),
    text(
      end[0] - 6,
      end[1] - 7,
      `arithmetic: ${si(peaks.flopPerSecond)}FLOP/s`,
      'text-anchor="end" font-size="11"',
    ),
  ];
}

function legendOf({ kernels, total }: Profile, styles: ReadonlyMap<string, string>): string[] {
  const { x, y, row, right } = legend;
  const heading = `fill-opacity="0.75" font-size="11"`;
  return [
    text(x - 6, y - 18, "kernel, steps", heading),
    text(right, y - 18, "of the time", `${heading} text-anchor="end"`),
    ...kernels.map((kernel, i) => {
      const line = y + i * row;
      return [
        mark(x, line - 4, 5, styles.get(kernel.name) ?? "", ""),
        text(x + 12, line, nameOf(kernel)),
        text(right, line, `${((100 * kernel.ms) / total.ms).toFixed(1)} %`, 'text-anchor="end"'),
      ].join("\n");
    }),
  ];
}

function nameOf({ name, steps, flop }: ProfiledGroup): string {
  return `${name}, ${steps}${flop === 0 ? " (no FLOP)" : ""}`;
}

function markStyle(index: number): string {
  const colour = colours[index % colours.length];
  return index < colours.length
    ? `fill="${colour}" fill-opacity="0.6" stroke="#fff" stroke-width="0.7"`
    : `fill="none" stroke="${colour}" stroke-width="1.6"`;
}

function mark(x: number, y: number, radius: number, style: string, title: string): string {
  const about = title && `<title>${escaped(title)}</title>`;
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(radius)}" ${style}>${about}</circle>`;
}

function titleOf(step: ProfiledStep): string {
  const { label, kernel, shape, ms, efficiency } = step;
  const share = efficiency === null ? "" : `, ${(100 * efficiency).toFixed(0)} % of the roofline`;
  return `${label} (${kernel}) → ${shape.join("×")}: ${ms.toFixed(3)} ms, ${si(rateOf(step))}FLOP/s${share}`;
}

function subtitleOf({ total, onePassMs, clock, runs, policy, width, height }: Profile): string {
  const size = `${width}×${height}, ${policy}`;
  const times = `${total.steps} steps alone ${total.ms.toFixed(2)} ms, in one pass ${onePassMs.toFixed(2)} ms`;
  return `${size}; ${si(total.flop)}FLOP; ${times} (${clock.kind}, ${runs} runs)`;
}
