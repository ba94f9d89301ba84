/** The report's plots, as SVG text. */

import {
  axes,
  band,
  type Frame,
  modeColours,
  modeNames,
  n,
  type Point,
  path,
  place,
  quietInk,
  svg,
  text,
  ticks,
} from "../../src/evaluation/svg.js";
import { groupBy } from "../../src/metrics/statistics.js";
import { type Judged, modes } from "./agreement.js";
import type { Analysis, DistortionResult } from "./analysis.js";

/** Eight that are told apart, for the families. */
const colours = ["#3b6fb6", "#e08a1e", "#3f9b57", "#c23b3b", "#8a63b5", "#7a5c46", "#d368ab", "#3aa6b5"];

const binWidth = 0.05;

/** Shares of pictures by their score: pristine above, distorted below, NR left, FR right. */
export function spreadPlot(pictures: readonly Judged[]): string {
  const scores = pictures.flatMap(({ nr, fr }) => [nr.score, fr.score]);
  const range = scoreRange(scores);
  const parts = [
    ["pristine", pictures.filter(({ distortion }) => distortion === null)],
    ["distorted", pictures.filter(({ distortion }) => distortion !== null)],
  ] as const;
  const panels = parts.flatMap(([name, members], row) =>
    modes.map((mode, column) => {
      const bins = groupBy(members, (picture) => Math.floor(picture[mode].score / binWidth));
      const shares = [...bins].map(
        ([bin, group]) => [bin * binWidth, group.length / members.length] as const,
      );
      const top = Math.ceil(Math.max(...shares.map(([, share]) => share)) * 20) / 20;
      const frame: Frame = {
        ...{ x: 56 + 424 * column, y: 34 + 196 * row, width: 356, height: 120 },
        ...{ xRange: range, yRange: [0, top] },
      };
      const at = place(frame);
      const bars = shares.map(([from, share]) => {
        const [[x, y], [right, bottom]] = [at(from, share), at(from + binWidth, 0)];
        const size = `width="${n(right - x - 1)}" height="${n(bottom - y)}"`;
        return `<rect x="${n(x + 0.5)}" y="${n(y)}" ${size} fill="${modeColours[mode]}"/>`;
      });
      const labels = axes(frame, {
        ...{ title: `${modeNames[mode]}: ${name}`, x: "score", xTicks: ticks(range, 0.2) },
        ...{ yTicks: [0, top], yFormat: (value: number) => `${Math.round(100 * value)} %` },
      });
      return `${labels}\n${bars.join("\n")}`;
    }),
  );
  return svg(860, 404, "Histograms of the scores of pristine and distorted pictures", panels);
}

/** Score over target, a dot a distorted picture, coloured by family; the mean of ten bins as a line. */
export function calibrationPlot(
  pictures: readonly Judged[],
  { calibration }: Pick<Analysis, "calibration">,
  families: Record<string, string[]>,
): string {
  const range = scoreRange(pictures.flatMap(({ nr, fr }) => [nr.score, fr.score]));
  const panels = modes.map((mode, column) => {
    const frame: Frame = {
      ...{ x: 56 + 424 * column, y: 34, width: 356, height: 320 },
      ...{ xRange: [0, 1], yRange: range },
    };
    const at = place(frame);
    const dots = Object.values(families).map((members, family) => {
      const shown = pictures.filter(({ distortion }) => distortion !== null && members.includes(distortion));
      // A line of no length with round caps is a dot; one path for all keeps the file small.
      const d = shown
        .map((picture) => `M${at(picture.target, picture[mode].score).map(n).join(" ")}h0`)
        .join("");
      return `<path d="${d}" stroke="${colours[family % colours.length]}" stroke-width="3" stroke-linecap="round" opacity="0.55"/>`;
    });
    const curve = calibration[mode].bins.map(({ target, score }) => at(target, score));
    return [
      axes(frame, {
        ...{ title: modeNames[mode], x: "target", y: "score" },
        ...{ xTicks: ticks([0, 1], 0.2), yTicks: ticks(range, 0.2) },
      }),
      ...dots,
      path([at(0, 0), at(1, 1)], `stroke="${quietInk}" stroke-dasharray="4 4"`),
      path(curve, 'stroke="#fff" stroke-width="5"'),
      path(curve, 'stroke="#111" stroke-width="2.5"'),
    ].join("\n");
  });
  const legend = Object.keys(families).map((family, i) => {
    const [x, y] = [62 + 200 * (i % 4), 410 + 20 * Math.floor(i / 4)];
    return `<circle cx="${x}" cy="${y - 4}" r="4" fill="${colours[i % colours.length]}"/>${text(x + 10, y, family)}`;
  });
  const height = 412 + 20 * Math.ceil(legend.length / 4);
  return svg(860, height, "Score over target, by family, with the mean of bins", [...panels, ...legend]);
}

/** Mean score over strength with its deviation, NR and FR, and the mean target dashed: a panel a distortion, three a row. */
export function ladderPlot(results: readonly DistortionResult[], strengths: readonly number[]): string {
  const across = [0, ...strengths];
  const panels = results.map(({ distortion, steps }, i) => {
    const highest = Math.max(
      ...modes.flatMap((mode) => steps[mode].map(({ mean, deviation }) => mean + deviation)),
    );
    const lowest = Math.min(
      ...modes.flatMap((mode) => steps[mode].map(({ mean, deviation }) => mean - deviation)),
    );
    const frame: Frame = {
      ...{ x: 46 + 276 * (i % 3), y: 34 + 206 * Math.floor(i / 3), width: 222, height: 130 },
      ...{ xRange: [0, 1], yRange: scoreRange([lowest, highest]) },
    };
    const at = place(frame);
    const line = (values: number[]): Point[] => values.map((value, k) => at(across[k], value));
    const curves = modes.flatMap((mode) => {
      const means = steps[mode].map(({ mean }) => mean);
      const edge = (sign: number) => line(steps[mode].map(({ mean, deviation }) => mean + sign * deviation));
      return [
        band(edge(1), edge(-1), `fill="${modeColours[mode]}" opacity="0.15"`),
        path(line(means), `stroke="${modeColours[mode]}" stroke-width="2"`),
      ];
    });
    const targets = path(line(steps.target.map(({ mean }) => mean)), 'stroke="#111" stroke-dasharray="4 3"');
    const labels = axes(frame, {
      ...{ title: spaced(distortion), x: "strength" },
      ...{ xTicks: ticks([0, 1], 0.2), yTicks: ticks(frame.yRange, 0.25) },
    });
    return [labels, ...curves, targets].join("\n");
  });
  const bottom = 206 * Math.ceil(results.length / 3) + 24;
  const legend = [
    ...modes.map((mode, i) => {
      const x = 46 + 215 * i;
      const line = `<path d="M${x} ${bottom - 4}h24" stroke="${modeColours[mode]}" stroke-width="2"/>`;
      return `${line}${text(x + 30, bottom, `${modeNames[mode]} ± deviation`)}`;
    }),
    `<path d="M476 ${bottom - 4}h24" stroke="#111" stroke-dasharray="4 3"/>${text(506, bottom, "target")}`,
  ];
  return svg(860, bottom + 16, "Mean score over strength, for some distortions", [...panels, ...legend]);
}

/** From 0 to 1 and as far beyond as the scores go, in steps of 0.1. */
function scoreRange(scores: readonly number[]): readonly [number, number] {
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  return [Math.min(0, Math.floor(least * 10) / 10), Math.max(1, Math.ceil(greatest * 10) / 10)];
}

/** A distortion's name as text. */
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}
