/** EVALUATION.md: what was measured, in words and tables. */

import { fixed, signed } from "../../src/evaluation/numbers.js";
import { mean } from "../../src/metrics/statistics.js";
import type { AdjectiveResult } from "./adjectives.js";
import { type Agreement, type Margin, type Mode, measures, modes, type Steps } from "./agreement.js";
import { type Analysis, beyondKadid } from "./analysis.js";
import { type DimensionChanges, relationOf, type Selectivity } from "./dimensions.js";
import { spaced } from "./plots.js";
import { dimensions } from "./readings.js";

export function report(analysis: Analysis): string {
  const sections = [
    measured(analysis),
    headline(analysis),
    parts(analysis),
    adjectives(analysis),
    dimensionTables(analysis),
    spread(analysis),
    robustness(analysis),
    calibration(analysis),
    `## Ladders

Mean score and its standard deviation over strength, and the mean target.

![Mean score over strength](evaluation/ladders.svg)`,
    ...(analysis.publishable ? [failures] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

const failures = `## Failures

The pictures whose scores are farthest from their targets, the worst first, at most one of a distortion.

![The worst pictures](evaluation/failures.svg)`;

function measured(analysis: Analysis): string {
  const { split, photographs, distortions, strengths, distorted, longSide, adapter, checkpoints, date } =
    analysis;
  return `# Evaluation

What the shipped checkpoints do on photographs that they were never trained on, through this package's own runtime.
Written by \`npm run eval:model\`; the numbers are also in [evaluation/results.json](evaluation/results.json).

| | |
| --- | --- |
| Set | \`${split}\` split: ${photographs} photographs, ${distortions.length} distortions, ${distorted} distorted pictures |
| Longer side | ${longSide} pixels |
| Strengths | ${strengths.join(", ")} |
| Checkpoints | NR \`${checkpoints.nr}\`, FR \`${checkpoints.fr}\` |
| Adapter | ${adapter} |
| Date | ${date} |

**The target is a pseudo-MOS**: a mixture of full-reference metrics and of the distortion's strength, made by
\`tools/train/pseudo_mos.py\`; no human being has rated any of these pictures.`;
}

function headline({ agreements, margins }: Analysis): string {
  const rows = Object.entries(agreements).map(([name, agreement]) => {
    const { srcc, interval, plcc, krcc, rmse, ladder, top, pristine } = agreement;
    const isOurs = name.startsWith("bpclip");
    return [
      isOurs ? `**${name}**` : name,
      measures[name].mode.toUpperCase(),
      `${fixed(srcc)} (${fixed(interval[0])} to ${fixed(interval[1])})`,
      ...[plcc, krcc, isOurs ? rmse : Number.NaN, ladder.mean, ladder.least].map(fixed),
      ...[ladder.below, top].map(percent),
      ...[pristine.least, pristine.mean].map(fixed),
    ];
  });
  const head =
    "measure, task, SRCC (95 % interval), PLCC, KRCC, RMSE, ladder SRCC, least, below 0.9, pristine on top, least pristine, mean pristine";
  return `## Headline

SRCC, PLCC (no curve fitted), KRCC and RMSE are with the target over all distorted pictures; the interval is of 500
bootstrap draws of photographs. A ladder is one photograph under one distortion: its SRCC is of the measure with minus
the strength, over the strengths without the pristine. BRISQUE and NIQE have their signs turned; a measure whose unit is
not the target's has no RMSE.

${table(head.split(", "), rows)}

${modes.flatMap((mode) => marginInWords(mode, margins[mode], agreements)).join("\n")}`;
}

function marginInWords(
  mode: Mode,
  margin: Margin | undefined,
  agreements: Record<string, Agreement>,
): string {
  const name = mode.toUpperCase();
  const others = Object.keys(agreements).filter(
    (key) => measures[key].mode === mode && !key.startsWith("bpclip"),
  );
  if (!margin) return `- ${name} has nothing to be compared with: the set has no BRISQUE and NIQE.`;
  const { against, srcc, interval, ladder, ladderAgainst } = margin;
  const [low, high] = interval.map(signed);
  const certain =
    interval[0] > 0 || interval[1] < 0 ? "" : "; the interval holds 0, so the sign is not certain";
  return `- ${name} against the best of ${others.join(", ")}: its SRCC is ${moreOrLess(srcc)} ${against}'s (difference ${signed(srcc)}, ${low} to ${high} on the same drawn photographs${certain}); its mean ladder SRCC is ${moreOrLess(ladder)} ${ladderAgainst}'s.`;
}

function parts({ families, distortions }: Analysis): string {
  const familyRows = families.map(({ family, agreement: { nr, fr } }) => [
    family,
    ...[nr.srcc, nr.ladder, fr.srcc, fr.ladder].map(fixed),
  ]);
  const distortionRows = distortions.map(({ distortion, family, agreement: { nr, fr }, steps }) => [
    spaced(distortion),
    family,
    ...[nr.srcc, nr.ladder, fr.srcc, fr.ladder].map(fixed),
    ...[steps.target, steps.nr, steps.fr].map(means),
  ]);
  const head = ["NR SRCC", "NR ladder", "FR SRCC", "FR ladder"];
  return `## By family

SRCC with the target over the family's pictures, and the mean ladder SRCC.

${table(["family", ...head], familyRows)}

## By distortion

The last three columns are means at the pristine and at each strength.

${table(["distortion", "family", ...head, "target", "NR score", "FR score"], distortionRows)}`;
}

function means(steps: readonly Steps[]): string {
  return steps.map(({ mean }) => fixed(mean)).join(" ");
}

function adjectives({ adjectives }: Analysis): string {
  const tested = adjectives.filter(({ distortions }) => distortions.length > 0);
  const rows = adjectives.map((result) => [
    result.dimension,
    result.word,
    ...modes.map((mode) => fixed(result.auc[mode])),
    ownDistortions(result),
  ]);
  return `## Adjectives

AUC (0.5 is chance) of the adjective's value: pictures of its own distortions, at a strength of at least 0.6, against the
pristine pictures and those of distortions that leave it alone. Its own are those whose mean target reading at full
strength is above the pristine's by more than 0.15; those within 0.05 of it leave it alone. Where nothing raises an
adjective, the distortions that lower it are taken and the picture should say it less (marked ↓).

${table(["dimension", "adjective", "NR", "FR", "own distortions"], rows)}

${modes.map((mode) => `- ${summaryOf(tested, mode)}`).join("\n")}`;
}

function ownDistortions({ distortions, raised }: AdjectiveResult): string {
  if (distortions.length === 0) return "none";
  return `${raised ? "" : "↓ "}${distortions.map(spaced).join(", ")}`;
}

function summaryOf(tested: readonly AdjectiveResult[], mode: Mode): string {
  if (tested.length === 0) return `${mode.toUpperCase()}: no adjective has distortions of its own`;
  const worst = tested.reduce((a, b) => (b.auc[mode] < a.auc[mode] ? b : a));
  const average = mean(tested.map(({ auc }) => auc[mode]));
  return `${mode.toUpperCase()}: mean ${fixed(average)}, least ${fixed(worst.auc[mode])} (${worst.word}), over ${tested.length} adjectives`;
}

function dimensionTables({ dimensions: rows, selectivity }: Analysis): string {
  const tableOf = (mode: Mode) => `### ${mode.toUpperCase()}

${table(
  ["distortion", ...dimensions],
  rows.map((row) => [spaced(row.distortion), ...cells(row, mode)]),
)}

- KADID-10k's distortions (all families but ${beyondKadid}): ${selectivityInWords(selectivity.kadid[mode])}
- All distortions: ${selectivityInWords(selectivity.all[mode])}`;
  return `## Dimensions

Mean change of the model's dimensions from the pristine at full strength. **Bold**: the distortion's own, where the mean
target changes by more than 0.1; plain: unrelated, where it changes by less than 0.03; *italic*: in between. A distortion
is selective where its largest unrelated move is below a third of its largest own move.

${modes.map(tableOf).join("\n\n")}`;
}

function cells(row: DimensionChanges, mode: Mode): string[] {
  return row[mode].map((change, d) => {
    const mark = { own: "**", between: "*", unrelated: "" }[relationOf(row.target[d])];
    return `${mark}${signed(change)}${mark}`;
  });
}

function selectivityInWords({ own, right, distortions, selective, failures }: Selectivity): string {
  const list = failures.map(({ distortion, ratio }) => `${spaced(distortion)} ${fixed(ratio)}`).join(", ");
  return `${percent(right)} of ${own} own cells move in the target's direction; ${percent(selective)} of ${distortions} distortions that have both kinds of cells are selective${list ? `. Not so, with the largest unrelated move as a share of the largest own: ${list}` : ""}.`;
}

function spread({ spread }: Analysis): string {
  const rows = modes.flatMap((mode) =>
    (["pristine", "distorted"] as const).map((part) => {
      const { mean, deviation, low, high } = spread[mode][part];
      return [mode.toUpperCase(), part, ...[mean, deviation, low, high].map(fixed)];
    }),
  );
  return `## Spread

${table(["task", "pictures", "mean", "standard deviation", "5th percentile", "95th percentile"], rows)}

![Histograms of the scores](evaluation/spread.svg)`;
}

function robustness({ robustness: { pictures, changes } }: Analysis): string {
  const rows = changes.map(({ change, moved }) => [
    change,
    ...modes.flatMap((mode) =>
      (["pristine", "distorted"] as const).map((part) => {
        const { mean, max } = moved[mode][part];
        return `${fixed(mean)} / ${fixed(max)}`;
      }),
    ),
  ]);
  return `## Robustness

Mean / greatest absolute change of the score under a change that should not matter, on the ${pictures.pristine} pristine pictures and a
fixed sample of ${pictures.distorted} distorted ones. In FR the reference is changed in the same way. Rescaling is Pillow's bicubic.

${table(["change", "NR pristine", "NR distorted", "FR pristine", "FR distorted"], rows)}`;
}

function calibration({ calibration }: Analysis): string {
  const lines = modes.map((mode) => {
    const { bias, error } = calibration[mode];
    return `- ${mode.toUpperCase()}: mean of score − target ${signed(bias)}, of its size ${fixed(error)}`;
  });
  return `## Calibration

A dot is a distorted picture; the black line is the mean score in ten bins of the target, the dashed line is where score
and target are equal.

${lines.join("\n")}

![Score over target](evaluation/calibration.svg)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function moreOrLess(difference: number): string {
  return `${fixed(Math.abs(difference))} ${difference >= 0 ? "above" : "below"}`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–";
}
