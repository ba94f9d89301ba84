/** `bpclip explain`: where and why quality is lost, as a picture, a page or JSON. */
import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import type { Explanation } from "../api/result.js";
import { BpclipError } from "../errors.js";
import { readAtLongSide } from "../evaluation/pictures.js";
import type { PlaceMap } from "../explain/explanation.js";
import { type ExplainedPicture, explainPicture, explanationPage, type Failure } from "../explain/page.js";
import { drawSheet } from "../explain/sheet.js";
import { encodePng } from "../node/encode-png.js";
import { loadModel } from "../node/index.js";
import { type Scorer, scoreAll } from "./batch.js";
import { type Command, judgingHelp, judgingOptions, UsageError } from "./command.js";
import { openReference } from "./compare.js";
import { findPictures } from "./files.js";
import { printJson } from "./json.js";
import { describeError, printMessage } from "./messages.js";
import { requireFree, writeOutput } from "./output-file.js";
import { type Outcome, rounded, toRecord } from "./record.js";
import type { Reporter } from "./report.js";
import { printNotice } from "./score.js";
import { printable } from "./style.js";

const options = {
  ...judgingOptions,
  output: { type: "string", short: "o" },
  force: { type: "boolean" },
  reference: { type: "string" },
  "resize-reference": { type: "boolean" },
} as const;

/** Decimals of a map's values in JSON. */
const mapDecimals = 4;

/** No picture is drawn larger on a sheet. */
const sheetLongSide = 1200;

type Kind = "sheet" | "page";

export const explain: Command<typeof options> = {
  summary: "where and why a picture's quality is lost, as a picture, a page or JSON",
  help: `\
Usage: bpclip explain [options] <file|folder|glob|url>...

Scores pictures and shows why: where quality is lost, each of the six dimensions place by
place, and of each of the network's four levels what it finds where, what weight it gives to
that, and the adjectives that apply most.

Options:
  -o, --output <file>   a .png: one picture's explanation on a sheet; or an .html: a page of any
                        number of pictures, which can be sorted and has all in one file
  --force               replace that file if it is there
  --reference <file>    judge the pictures beside this undistorted reference
  --resize-reference    resize the reference to pictures of another size instead of refusing them
  --json                one JSON object a line, with the maps: rows, columns, and their values
                        row by row; of cells of 32 pixels of the picture as it was judged
${judgingHelp}

Examples:
  bpclip explain photo.jpg -o photo-explained.png
  bpclip explain encoded.jpg --reference original.png -o encoded-explained.png
  bpclip explain photos/ -o photos.html
  bpclip explain photo.jpg --json > photo.json

Exit status: 0 when all were explained, 1 when any failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    const { adapter, precision, model: source, output, force, reference, json = false, debug } = values;
    const resizeReference = values["resize-reference"];
    if (operands.length === 0) {
      throw new UsageError(
        "explain wants a picture or a folder.",
        "For example: bpclip explain photo.jpg -o out.png",
      );
    }
    if (output === undefined && !json) {
      throw new UsageError(
        "explain wants to know what to make.",
        "Give -o with the name of a .png or an .html to write, or --json.",
      );
    }
    if (resizeReference && reference === undefined) {
      throw new UsageError("--resize-reference wants a reference.", "Give one with --reference.");
    }
    const kind = output === undefined ? undefined : kindOf(output);
    const sources = await findPictures(operands);
    if (kind === "sheet" && sources.length > 1) {
      throw new UsageError(
        `A .png shows one picture, and there are ${sources.length}.`,
        "Give a name that ends in .html for a page of all of them.",
      );
    }
    if (output !== undefined) {
      await requireFree(output, force);
      await requireNoPicture(output, [
        ...sources.map(({ path }) => path),
        ...(reference === undefined ? [] : [reference]),
      ]);
    }

    const pictures: ExplainedPicture[] = [];
    let sheet: Uint8Array | undefined;
    const failures: Failure[] = [];
    const open = async (): Promise<Scorer<Explanation>> => {
      const model = await loadModel(source, { adapter, precision, onNotice: printNotice });
      try {
        await model.load(reference === undefined ? "nr" : "fr");
        const kept = reference === undefined ? undefined : await openReference(model, reference);
        return {
          async score(image) {
            const explanation = await model.explain(image, { reference: kept, resizeReference });
            if (kind === "sheet") sheet = await encodePng(await sheetOf(image, reference, explanation));
            if (kind === "page") pictures.push(await explainPicture(image, explanation));
            return explanation;
          },
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
    const reporter: Reporter<Explanation> = {
      result(outcome) {
        if (json) printJson(explanationRecord(outcome));
      },
      failure(image, error) {
        failures.push({ image, ...describeError(error) });
        if (json) printJson({ image, error: describeError(error) });
      },
    };
    const status = await scoreAll(sources, { open, reporter, reference, summary: !json, debug });
    if (output !== undefined && sheet) await writeOutput(output, sheet);
    if (output !== undefined && pictures.length > 0) {
      const page = explanationPage({ pictures, failures, reference });
      await writeOutput(output, new TextEncoder().encode(page));
    }
    if (output !== undefined && (sheet || pictures.length > 0)) printMessage(`written to ${output}`);
    return status;
  },
};

/** @throws UsageError. */
function kindOf(output: string): Kind {
  if (/\.png$/i.test(output)) return "sheet";
  if (/\.html?$/i.test(output)) return "page";
  throw new UsageError(`-o cannot be "${output}".`, "Give a name that ends in .png or .html.");
}

/** @throws BpclipError OUTPUT_INPUT, where the file to write is one of those to read. */
async function requireNoPicture(output: string, inputs: readonly string[]): Promise<void> {
  const place = await realpath(output).catch(() => undefined);
  if (place === undefined) return;
  for (const input of inputs) {
    if ((await realpath(input).catch(() => undefined)) !== place) continue;
    throw new BpclipError(
      "OUTPUT_INPUT",
      `${output} is one of the pictures, and is never overwritten.`,
      "Give another name to -o.",
    );
  }
}

async function sheetOf(image: string, reference: string | undefined, explanation: Explanation) {
  return drawSheet({
    name: printable(basename(image)),
    ...(reference !== undefined && { reference: printable(basename(reference)) }),
    picture: await readAtLongSide(image, sheetLongSide),
    explanation,
  });
}

function explanationRecord(outcome: Outcome<Explanation>) {
  const { levels, quality, loss, dimensionMaps } = outcome.score;
  return {
    ...toRecord(outcome, true),
    levels: levels.map(({ information, weight, adjectives }) => ({
      information: mapRecord(information),
      weight: mapRecord(weight),
      adjectives: adjectives.map((adjective) => ({ ...adjective, value: rounded(adjective.value) })),
    })),
    quality: mapRecord(quality),
    loss: mapRecord(loss),
    dimensionMaps: Object.fromEntries(
      Object.entries(dimensionMaps).map(([dimension, map]) => [dimension, mapRecord(map)]),
    ),
  };
}

function mapRecord({ rows, columns, data }: PlaceMap) {
  return { rows, columns, data: Array.from(data, (value) => rounded(value, mapDecimals)) };
}
