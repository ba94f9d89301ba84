/** `bpclip compare`: the quality of pictures against a reference. */
import type { Model, Reference } from "../api/model.js";
import { BpclipError } from "../errors.js";
import { loadModel } from "../node/index.js";
import { type Scorer, scoreAll } from "./batch.js";
import { type Command, judgingHelp, judgingOptions, UsageError } from "./command.js";
import { findPictures } from "./files.js";
import { printMessage } from "./messages.js";
import { createReporter } from "./report.js";
import { nativeHelp, printNotice, requireOneFormat } from "./score.js";

const options = {
  ...judgingOptions,
  csv: { type: "boolean" },
  adjectives: { type: "boolean" },
  native: { type: "boolean" },
  "resize-reference": { type: "boolean" },
} as const;

export const compare: Command<typeof options> = {
  summary: "the quality of pictures against their undistorted reference",
  help: `\
Usage: bpclip compare [options] <reference> <distorted file|folder|glob|url>...

Scores each picture against the reference, which is read once: one score (higher is
better, about 0 to 1) and six dimensions (0 to 1, 1 at the good pole).

Options:
  --resize-reference    resize the reference to pictures of another size instead of refusing them
  --json                one JSON object a line
  --csv                 comma-separated values with a header
  --adjectives          also how far each of 40 adjectives applies
${nativeHelp}
${judgingHelp}

Examples:
  bpclip compare original.png encoded-q50.jpg
  bpclip compare original.png 'encoded/*.jpg' --csv > encoders.csv
  bpclip compare original.png thumbnail.jpg --resize-reference --json

Exit status: 0 when all were scored, 1 when any failed, 2 for wrong usage.
`,
  options,

  async run(values, [reference, ...operands]) {
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
    const resizeReference = values["resize-reference"];
    if (operands.length === 0) {
      throw new UsageError(
        "compare wants a reference and at least one picture.",
        "For example: bpclip compare original.png encoded.jpg",
      );
    }
    requireOneFormat(json, csv);
    const sources = await findPictures(operands);
    const open = async (): Promise<Scorer> => {
      const model = await loadModel(source, { adapter, precision, onNotice: printNotice });
      try {
        await model.load("fr");
        const kept = await openReference(model, reference);
        return {
          score: (image, onProgress) => model.compare(kept, image, { resizeReference, native, onProgress }),
          dispose() {
            kept.dispose();
            model.dispose();
          },
        };
      } catch (error) {
        model.dispose();
        throw error;
      }
    };
    const reporter = createReporter(
      { json, csv, adjectives },
      sources.map(({ path }) => path),
    );
    return scoreAll(sources, { open, reporter, reference, summary: !json && !csv, debug });
  },
};

/** The reference's features; what is said of it, an error or a warning, names it. */
export async function openReference(model: Model, path: string): Promise<Reference> {
  try {
    const reference = await model.reference(path);
    for (const warning of reference.warnings) printMessage(`warning: ${warning}`, path);
    return reference;
  } catch (error) {
    if (!(error instanceof BpclipError)) throw error;
    throw new BpclipError(error.code, `${path}: ${error.message}`, error.mend, { cause: error });
  }
}
