/** `bpclip profile`: where the time of a run goes, step by step. */
import { loadModel } from "../node/index.js";
import { maxRuns, type Profile, type ProfiledGroup, type ProfiledStep } from "../profile/profile.js";
import { rooflinePlot } from "../profile/roofline.js";
import { traceOf } from "../profile/trace.js";
import { si } from "../profile/units.js";
import { aligned } from "./columns.js";
import { type Command, judgingHelp, judgingOptions, readInteger, UsageError } from "./command.js";
import { printJson } from "./json.js";
import { describeError, printError, printMessage } from "./messages.js";
import { requireFree, writeOutput } from "./output-file.js";
import { printNotice } from "./score.js";
import { padEnd, styleFor } from "./style.js";

const options = {
  ...judgingOptions,
  reference: { type: "string" },
  "resize-reference": { type: "boolean" },
  runs: { type: "string" },
  all: { type: "boolean" },
  trace: { type: "string" },
  roofline: { type: "string" },
} as const;

export const profile: Command<typeof options> = {
  summary: "where the time of a run goes, kernel by kernel",
  help: `\
Usage: bpclip profile [options] <file|url>

Runs the network on a picture, with every dispatch timed alone, and tells of each part of
the network and of each kernel how long it takes, what it computes and moves in that time,
and what share of this machine's peaks that is. The peaks are measured, too: by a kernel
that only multiplies and adds, and by one that only copies.

Dispatches can only be timed in a pass of their own, and passes have a price: their sum is
more than a run takes, most of all where dispatches are many and short. The time of the
same dispatches in one pass, as \`bpclip score\` runs them, is printed beside it. Times are the
GPU's own where it has timestamp queries; where these advance in coarse steps, short times
are means, and more runs make them better. Without them a time is that of a submit, which
alone takes a while. Work is counted from shapes, as if every tensor were read or written
once. Nothing else should run meanwhile.

Options:
  --reference <file>    profile the comparison with this undistorted reference, its features
                        included
  --resize-reference    resize the reference to the picture's size instead of refusing it
  --runs <n>            runs that times are the medians of; 5 by default
  --all                 also every dispatch, with its tile and what is fused into it
  --trace <file>        writes a trace for ui.perfetto.dev or chrome://tracing (.json)
  --roofline <file>     writes a roofline plot (.svg)
  --json                the profile as a JSON object, every dispatch included
${judgingHelp}

Examples:
  bpclip profile photo.jpg
  bpclip profile photo.jpg --all --runs 20
  bpclip profile photo.jpg --trace trace.json --roofline roofline.svg
  bpclip profile encoded.jpg --reference original.png --json > profile.json

Exit status: 0 when it was profiled, 1 when it failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    if (operands.length !== 1) {
      throw new UsageError("profile wants one picture.", "For example: bpclip profile photo.jpg");
    }
    const [image] = operands;
    const {
      adapter,
      precision,
      model: source,
      reference,
      json = false,
      all = false,
      trace,
      roofline,
      debug,
    } = values;
    const resizeReference = values["resize-reference"];
    if (resizeReference && reference === undefined) {
      throw new UsageError("--resize-reference wants a reference.", "Give one with --reference.");
    }
    const runs = values.runs === undefined ? undefined : readInteger("runs", values.runs, 1, maxRuns);
    await requireOutput("trace", trace, ".json");
    await requireOutput("roofline", roofline, ".svg");

    const model = await loadModel(source, { adapter, precision, onNotice: printNotice });
    try {
      await model.load(reference === undefined ? "nr" : "fr");
      let found: Profile;
      try {
        found = await model.profile(image, { reference, resizeReference, runs });
      } catch (error) {
        if (json) printJson({ image, error: describeError(error) });
        printError(error, { about: image, debug });
        return 1;
      }
      if (json) printJson({ image, ...(reference !== undefined && { reference }), ...found });
      else print(found, all);
      for (const warning of found.warnings) printMessage(`warning: ${warning}`, image);
      if (trace !== undefined) {
        await writeText(trace, JSON.stringify(traceOf(found)));
        printMessage("a trace; open it in ui.perfetto.dev or chrome://tracing", trace);
      }
      if (roofline !== undefined) await writeText(roofline, rooflinePlot(found));
      return 0;
    } finally {
      model.dispose();
    }
  },
};

async function requireOutput(option: string, path: string | undefined, extension: string): Promise<void> {
  if (path === undefined) return;
  if (!path.toLowerCase().endsWith(extension)) {
    throw new UsageError(`--${option} cannot be "${path}".`, `Give a name that ends in ${extension}.`);
  }
  await requireFree(path, true);
}

function writeText(path: string, text: string): Promise<void> {
  return writeOutput(path, new TextEncoder().encode(text));
}

function print(profile: Profile, all: boolean): void {
  const { bold, dim } = styleFor(process.stdout);
  const { layers, kernels, steps, total } = profile;
  const write = (rows: string[][]) => {
    const [heading, ...lines] = aligned(rows);
    process.stdout.write(`${bold(heading)}\n${lines.join("\n")}\n\n`);
  };
  write([groupHeading("part"), ...[...layers, total].map((group) => groupRow(group, total))]);
  write([groupHeading("kernel"), ...kernels.map((group) => groupRow(group, total))]);
  if (all) write([stepHeading, ...steps.map((step) => stepRow(step, total))]);
  for (const [name, value] of summaryOf(profile)) {
    process.stdout.write(`${padEnd(name, 48)}${value}\n`);
  }
  process.stdout.write(`${dim(aboutClock(profile))}\n`);
}

const figures = ["ms", "time", "MFLOP", "MB", "GFLOP/s", "GB/s", "of peak"];

function groupHeading(what: string): string[] {
  return [what, "steps", ...figures];
}

function groupRow(group: ProfiledGroup, total: ProfiledGroup): string[] {
  return [group.name, String(group.steps), ...figuresOf(group, total)];
}

const stepHeading = ["step", ...figures, "kernel", "workgroups", "result", "fused", "overrides"];

function stepRow(step: ProfiledStep, total: ProfiledGroup): string[] {
  const { label, kernel, workgroups, shape, fused, variant } = step;
  const overrides = Object.entries(variant).map(([name, value]) => `${name}=${value}`);
  return [
    label,
    ...figuresOf(step, total),
    kernel,
    workgroups?.join("×") ?? "",
    shape.join("×"),
    fused.join(" "),
    overrides.join(" "),
  ];
}

function figuresOf(of: ProfiledStep | ProfiledGroup, total: ProfiledGroup): string[] {
  const { ms, flop, bytesRead, bytesWritten, flopPerSecond, bytesPerSecond, efficiency } = of;
  return [
    ms.toFixed(3),
    percent(total.ms > 0 ? ms / total.ms : null),
    digits(flop / 1e6),
    digits((bytesRead + bytesWritten) / 1e6),
    digits(flopPerSecond === null ? null : flopPerSecond / 1e9),
    digits(bytesPerSecond === null ? null : bytesPerSecond / 1e9),
    percent(efficiency),
  ];
}

/** Three significant digits, and no more decimals than are worth reading. */
function digits(value: number | null): string {
  if (value === null) return "–";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function summaryOf({ executor, total, onePassMs, wallMs, peaks }: Profile): [string, string][] {
  const ms = (value: number) => `${value.toFixed(3)} ms`;
  const [alone, together] =
    executor === "cpu"
      ? [`${total.steps} ops, each timed`, "the same, not timed one by one"]
      : [`${total.steps} dispatches, each in a pass of its own`, "all in one pass, as a run has them"];
  return [
    [alone, ms(total.ms)],
    [together, ms(onePassMs)],
    ["a run, from pixels to score in memory (wall)", ms(wallMs)],
    ["peaks", `${si(peaks.flopPerSecond)}FLOP/s, ${si(peaks.bytesPerSecond)}B/s copied`],
  ];
}

function aboutClock({
  clock,
  meanBelow,
  runs,
  model,
  checkpoint,
  executor,
  adapter,
  ...of
}: Profile): string {
  const resolution = `${Number((1000 * clock.resolution).toPrecision(3))} µs`;
  const clocks = {
    "timestamp-query": `times by the GPU's timestamps, which advance by ${resolution}`,
    submit: `no timestamp queries here: wall times of submits, of which an empty one takes ${resolution}`,
    wall: `wall times, which advance by ${resolution}`,
  };
  const size = `${of.width}×${of.height} (${of.policy})`;
  const means = meanBelow > 0 ? `, means of those below ${meanBelow.toPrecision(2)} ms` : "";
  return `${clocks[clock.kind]}; medians of ${runs} runs${means}\n${size}; ${model} ${checkpoint} on ${executor} (${adapter})`;
}
