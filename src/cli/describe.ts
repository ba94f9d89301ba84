/** `bpclip describe`: how well texts of one's own fit pictures. */
import type { Description } from "../api/result.js";
import { requireTexts } from "../api/texts.js";
import { InputError } from "../errors.js";
import { loadModel } from "../node/index.js";
import { type Scorer, scoreAll } from "./batch.js";
import { type Command, judgingHelp, judgingOptions, UsageError } from "./command.js";
import { openReference } from "./compare.js";
import { findPictures, imageName } from "./files.js";
import { printJson } from "./json.js";
import { describeError } from "./messages.js";
import { type Outcome, rounded, toRecord } from "./record.js";
import type { Reporter } from "./report.js";
import { nativeHelp, printNotice } from "./score.js";
import { bar, columns, padEnd, printable, styleFor } from "./style.js";

const options = {
  ...judgingOptions,
  reference: { type: "string" },
  "resize-reference": { type: "boolean" },
  text: { type: "string" },
  native: { type: "boolean" },
} as const;

export const describe: Command<typeof options> = {
  summary: "how well texts of your own fit a picture",
  help: `\
Usage: bpclip describe [options] <file|folder|glob|url> <text>...

Says of each text how well it fits the picture (0 to 1, 1 where it fits and its opposite
does not), and which of the 40 adjectives the text tower took it for, with their cosine.

A text counts for what the tower took it for. The shipped tower is tiny: it knows the
adjectives and some 600 phrases of picture quality, such as "out of focus", and guesses
by the spelling at all else, even where the cosine is high. Where the nearest adjective
is not what you meant, the value is not either.

Options:
  --reference <file>    describe the picture beside this undistorted reference
  --resize-reference    resize the reference to pictures of another size instead of refusing them
  --text <file|url>     a text tower (.safetensors) instead of the shipped one; a --model has
                        its own
  --json                one JSON object a line, the picture's adjectives included
${nativeHelp}
${judgingHelp}

Examples:
  bpclip describe photo.jpg "out of focus" "washed out"
  bpclip describe encoded.jpg "jpeg artifacts" --reference original.png
  bpclip describe 'holiday/*.jpg' gritty --json > gritty.jsonl

Exit status: 0 when all were described, 1 when any failed, 2 for wrong usage.
`,
  options,

  async run(values, [picture, ...texts]) {
    const { adapter, precision, model: source, text, reference, json = false, native, debug } = values;
    const resizeReference = values["resize-reference"];
    requireOperands(picture, texts);
    if (resizeReference && reference === undefined) {
      throw new UsageError("--resize-reference wants a reference.", "Give one with --reference.");
    }
    const sources = await findPictures([picture]);
    const open = async (): Promise<Scorer<Description>> => {
      const model = await loadModel(source, { adapter, precision, text, onNotice: printNotice });
      try {
        await model.load(reference === undefined ? "nr" : "fr", { texts: true });
        const kept = reference === undefined ? undefined : await openReference(model, reference);
        return {
          score: (image, onProgress) =>
            model.describe(image, texts, { reference: kept, resizeReference, native, onProgress }),
          dispose() {
            kept?.dispose();
            model.dispose();
          },
        };
      } catch (error) {
        model.dispose();
        throw error;
      }
    };
    const reporter = json
      ? jsonReporter
      : new TextTable(
          sources.map(({ path }) => path),
          texts,
        );
    return scoreAll(sources, { open, reporter, reference, summary: !json, debug });
  },
};

/** @throws UsageError, also for a picture among the texts, where a glob that the shell expands puts it. */
function requireOperands(picture: string | undefined, texts: readonly string[]): void {
  if (picture === undefined || texts.length === 0) {
    throw new UsageError(
      "describe wants a picture and at least one text.",
      `For example: bpclip describe ${picture ?? "photo.jpg"} "out of focus"`,
    );
  }
  const misplaced = texts.find((text) => imageName.test(text));
  if (misplaced !== undefined) {
    throw new UsageError(
      `describe takes one picture before its texts, and "${misplaced}" looks like a picture.`,
      imageName.test(picture)
        ? "Give a folder, or a glob in quotes, for several pictures."
        : `Did you mean \`bpclip describe ${misplaced} "${picture}"\`?`,
    );
  }
  try {
    requireTexts(texts);
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message, error.mend) : error;
  }
}

const jsonReporter: Reporter<Description> = {
  result(outcome) {
    const { texts } = outcome.score;
    printJson({
      ...toRecord(outcome, true),
      texts: texts.map(({ text, similarities, value, nearest: { word, similarity } }) => ({
        text,
        value: rounded(value),
        similarities: similarities.map((similarity) => rounded(similarity)),
        nearest: { word, similarity: rounded(similarity) },
      })),
    });
  },

  failure(image, error) {
    printJson({ image, error: describeError(error) });
  },
};

/** Columns of the bar beside a value on a terminal. */
const barWidth = 10;

/** A row for each text of each picture. */
class TextTable implements Reporter<Description> {
  readonly #style = styleFor(process.stdout);
  readonly #imageWidth: number;
  readonly #textWidth: number;
  readonly #withBars = Boolean(process.stdout.isTTY);
  #headed = false;

  constructor(images: readonly string[], texts: readonly string[]) {
    this.#imageWidth = widest("image", images);
    this.#textWidth = widest("text", texts);
  }

  result({ image, score: { texts } }: Outcome<Description>): void {
    const valueWidth = this.#withBars ? 6 + barWidth : 5;
    if (!this.#headed) {
      const header = [...this.#names("image", "text"), "fits".padEnd(valueWidth), "nearest adjective"];
      process.stdout.write(`${this.#style.bold(header.join("  "))}\n`);
      this.#headed = true;
    }
    for (const { text, value, nearest } of texts) {
      const bars = this.#withBars ? ` ${this.#style.green(bar(value, barWidth))}` : "";
      const cells = [
        ...this.#names(image, text),
        this.#style.bold(value.toFixed(3)) + bars,
        this.#style.dim(`${nearest.word} ${nearest.similarity.toFixed(2)}`),
      ];
      process.stdout.write(`${cells.join("  ")}\n`);
    }
  }

  failure(): void {}

  #names(image: string, text: string): string[] {
    return [padEnd(printable(image), this.#imageWidth), padEnd(printable(text), this.#textWidth)];
  }
}

function widest(title: string, names: readonly string[]): number {
  return Math.max(title.length, ...names.map((name) => columns(printable(name))));
}
