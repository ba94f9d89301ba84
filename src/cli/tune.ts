/** `bpclip tune`: measures the fastest way of computing each convolution here, and keeps it for later runs. */
import { loadModel } from "../node/index.js";
import { clockNames } from "../tuning/race.js";
import type { Tuning } from "../tuning/tune-model.js";
import { aligned } from "./columns.js";
import { type Command, commonHelp, commonOptions, readInteger, UsageError } from "./command.js";
import { printJson } from "./json.js";
import { printMessage } from "./messages.js";
import { Progress } from "./progress.js";
import { printNotice } from "./score.js";
import { styleFor } from "./style.js";

const options = {
  ...commonOptions,
  size: { type: "string", multiple: true },
  rounds: { type: "string" },
} as const;

export const tune: Command<typeof options> = {
  summary: "measures and keeps what is the fastest on this adapter",
  help: `\
Usage: bpclip tune [options]

Times the ways of computing each convolution of the model's networks on this adapter, in
turns, after checking that they agree, and keeps the fastest of each in a file of the
user's caches, one for each adapter: $XDG_CACHE_HOME/bpclip/tuning or ~/.cache/bpclip/tuning,
on macOS ~/Library/Caches/bpclip/tuning, on Windows %LOCALAPPDATA%\\bpclip\\tuning. Every later
run on the adapter goes by it; scores stay the same but for rounding. To forget it, delete the
file. What is measured for other sizes or models adds up.

It takes a minute or more, on a software adapter many, and nothing else should run meanwhile.

Options:
  --size <WxH>          pictures of this size, which may lie on their side; may be given
                        several times; by default photographs of 3:2, 4:3 and 1:1 of 512
                        pixels or more a side, and 512x384
  --rounds <n>          how often each is timed; 9 by default
  --json                all that was found as one JSON object
${commonHelp}

Examples:
  bpclip tune
  bpclip tune --size 6000x4000 --size 1920x1080
  bpclip tune --adapter software --rounds 30 --json > tuning.json

Exit status: 0 when it was tuned and kept, 1 when it was not, 2 for wrong usage.
`,
  options,

  async run({ adapter, model: source, size, rounds, json = false }, operands) {
    if (operands.length > 0) throw new UsageError("tune takes no pictures.", "Give their sizes with --size.");
    const sizes = size?.map(readSize);
    const count = rounds === undefined ? undefined : readInteger("rounds", rounds, 3, 1000);
    // Against what the package knows, and not against an earlier tuning.
    const model = await loadModel(source, { adapter, tuning: false, onNotice: printNotice });
    let progress: Progress | undefined;
    try {
      const found = await model.tune({
        sizes,
        rounds: count,
        onProgress({ done, total, shape }) {
          progress ??= new Progress(total);
          progress.draw(done, shape);
        },
      });
      progress?.clear();
      if (json) printJson(found);
      else print(found);
      const { kept } = found;
      if ("place" in kept) printMessage("the tuning table, which later runs go by", kept.place);
      else printMessage(`the tuning table could not be kept: ${kept.problem}`);
      return "place" in kept ? 0 : 1;
    } finally {
      progress?.clear();
      model.dispose();
    }
  },
};

/** @throws UsageError. */
function readSize(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  if (width && height) return { width: Number(width), height: Number(height) };
  throw new UsageError(`--size cannot be "${text}".`, "Give width and height in pixels, such as 1920x1080.");
}

/** Those that are computed otherwise now, and all taken together. */
function print({ convolutions, adapter, clock }: Tuning): void {
  const { bold } = styleFor(process.stdout);
  const changed = convolutions.filter(({ before, after }) => after !== before);
  const rows = changed
    .map((one) => ({ ...one, gained: one.count * (one.msBefore - one.msAfter) }))
    .sort((a, b) => b.gained - a.gained)
    .map(({ shape, count, before, msBefore, after, msAfter }) => [
      ...[shape, String(count), before, msBefore.toFixed(3), after, msAfter.toFixed(3)],
      times(msBefore, msAfter),
    ]);
  if (rows.length > 0) {
    const heading = ["convolution", "count", "before", "ms", "after", "ms", "faster"];
    const [first, ...lines] = aligned([heading, ...rows]);
    process.stdout.write(`${bold(first)}\n${lines.join("\n")}\n\n`);
  }
  const sum = (of: "msBefore" | "msAfter") =>
    convolutions.reduce((total, one) => total + one.count * one[of], 0);
  const [before, after] = [sum("msBefore"), sum("msAfter")];
  process.stdout.write(
    `${changed.length} of ${convolutions.length} convolutions are computed otherwise now; ` +
      `all, as often as the networks have them: ${before.toFixed(1)} → ${after.toFixed(1)} ms ` +
      `(${times(before, after)})\n${clockNames[clock]}, on ${adapter}\n`,
  );
  for (const { shape, wrong } of convolutions) {
    if (wrong.length > 0) printMessage(`computed wrongly on this adapter, and not used: ${wrong}`, shape);
  }
}

function times(before: number, after: number): string {
  return `${(before / after).toFixed(2)}×`;
}
