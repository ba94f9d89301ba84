/** `bpclip score`: the quality of pictures on their own. */
import { loadModel } from "../node/index.js";
import { scoreAll } from "./batch.js";
import { type Command, judgingHelp, judgingOptions, UsageError } from "./command.js";
import { findPictures } from "./files.js";
import { printMessage } from "./messages.js";
import { createReporter } from "./report.js";

const options = {
  ...judgingOptions,
  csv: { type: "boolean" },
  adjectives: { type: "boolean" },
  native: { type: "boolean" },
} as const;

/** What commands that judge pictures say of the option. */
export const nativeHelp = `\
  --native              judge pictures at their own scale, however large, in tiles of 544×544 at
                        most, instead of shrinking those whose shorter side exceeds 512`;

export const score: Command<typeof options> = {
  summary: "the quality of pictures on their own, without a reference",
  help: `\
Usage: bpclip score [options] <file|folder|glob|url>...

Scores each picture: one score (higher is better, about 0 to 1) and six dimensions
(0 to 1, 1 at the good pole). Folders are searched for pictures, hidden names excepted.

Options:
  --json                one JSON object a line
  --csv                 comma-separated values with a header
  --adjectives          also how far each of 40 adjectives applies
${nativeHelp}
${judgingHelp}

Examples:
  bpclip score photo.jpg
  bpclip score holiday/ --json > scores.jsonl
  bpclip score 'shots/**/*.{jpg,png}' --csv > scores.csv
  bpclip score photo.jpg --adjectives --adapter cpu
  bpclip score 24-megapixels.jpg --native

Exit status: 0 when all were scored, 1 when any failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    const {
      adapter,
      precision,
      model: source,
      json = false,
      csv = false,
      adjectives = false,
      native,
      debug,
    } = values;
    if (operands.length === 0) {
      throw new UsageError(
        "score wants a picture, a folder or a glob.",
        "For example: bpclip score photo.jpg",
      );
    }
    requireOneFormat(json, csv);
    const sources = await findPictures(operands);
    return scoreAll(sources, {
      async open() {
        const model = await loadModel(source, { adapter, precision, onNotice: printNotice });
        try {
          await model.load("nr");
        } catch (error) {
          model.dispose();
          throw error;
        }
        return {
          score: (image, onProgress) => model.score(image, { native, onProgress }),
          dispose: () => model.dispose(),
        };
      },
      reporter: createReporter(
        { json, csv, adjectives },
        sources.map(({ path }) => path),
      ),
      summary: !json && !csv,
      debug,
    });
  },
};

/** @throws UsageError. */
export function requireOneFormat(json: boolean, csv: boolean): void {
  if (json && csv) throw new UsageError("--json and --csv exclude each other.", "Give one of them.");
}

/** A notice of the model, which names bpclip itself. */
export function printNotice(notice: string): void {
  printMessage(notice.replace(/^bpclip: /, ""));
}
