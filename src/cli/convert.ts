/** `bpclip convert`: weights of other programs, and of training, to the files that bpclip reads. */
import { readFile } from "node:fs/promises";
import {
  type Conversion,
  convert as convertWeights,
  type Listing,
  list,
} from "../weights/convert/convert.js";
import { kinds } from "../weights/convert/detect.js";
import type { ModelFiles } from "../weights/convert/model-files.js";
import { loadBytes } from "../weights/load.js";
import { type Command, commonOptions, readInteger, UsageError, type Values } from "./command.js";
import { printJson } from "./json.js";
import { printMessage } from "./messages.js";
import { modelFiles, requireNoInput } from "./model-files.js";
import { requireFree, writeOutput } from "./output-file.js";
import { megabytes, printable, styleFor } from "./style.js";

const { json, debug, help, version } = commonOptions;

const options = {
  output: { type: "string", short: "o" },
  force: { type: "boolean" },
  list: { type: "boolean" },
  dtype: { type: "string", choices: ["f32", "f16"] },
  part: { type: "string", choices: ["nr", "fr", "text"] },
  vocabulary: { type: "string" },
  activation: { type: "string", choices: ["quickGelu", "gelu"] },
  heads: { type: "string" },
  json,
  debug,
  help,
  version,
} as const;

export const convert: Command<typeof options> = {
  summary: "CLIP's, a ResNet's or trained weights, to a file that bpclip reads",
  help: `\
Usage: bpclip convert <file|folder> -o <out.safetensors> [options]
       bpclip convert <file|folder> --list [--json]

Reads PyTorch's files (.pt, .pth, .bin) and safetensors, tells what they are from the
tensors in them, and writes a text tower, a backbone or a BPCLIP checkpoint. Nothing in a
file is run. weights/CONVERTING.md has what is read, and a command for each.

Options:
  -o, --output <file>   the file to write (.safetensors)
  --force               replace it where it is there already
  --list                show what the weights are and their tensors, and write nothing
  --dtype <type>        f32 (default), or f16: half the size
  --part <part>         of a training state: nr, fr or text
  --vocabulary <file>   a text tower's: bpe_simple_vocab_16e6.txt(.gz), merges.txt or
                        tokenizer.json; needed where the folder has none
  --activation <kind>   a text tower's, where its files do not tell: quickGelu (OpenAI's
                        weights, models named -quickgelu) or gelu (LAION's and most others)
  --heads <n>           a text tower's, where they are not its config's, or width / 64
  --json                the list, or what was made, as one JSON object
  --debug               print stack traces with errors
  -h, --help            this text
  -V, --version         the version

Examples:
  bpclip convert RN50.pt -o clip-rn50.safetensors --vocabulary bpe_simple_vocab_16e6.txt.gz
  bpclip convert clip-vit-base-patch32/ -o clip-b32.safetensors --dtype f16
  bpclip convert resnet50-11ad3fa6.pth -o resnet50.safetensors
  bpclip convert runs/first/last.pt --part nr -o nr.safetensors --dtype f16
  bpclip convert unknown.bin --list

Exit status: 0 when it was written or listed, 1 when that failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    const { output, json = false } = values;
    if (operands.length !== 1) {
      throw new UsageError(
        `convert wants one file or folder, and was given ${operands.length || "none"}.`,
        "For example: bpclip convert RN50.pt -o clip-rn50.safetensors",
      );
    }
    const [path] = operands;
    if (values.list) {
      if (output !== undefined) throw new UsageError("--list writes no file.", "Leave out -o, or --list.");
      const listing = await list(await modelFiles(path));
      if (json) printJson(listRecord(listing));
      else printListing(listing);
      return 0;
    }
    if (output === undefined) {
      throw new UsageError("convert wants the file to write.", "Give -o out.safetensors, or --list.");
    }
    const heads = values.heads === undefined ? undefined : readInteger("heads", values.heads, 1, 128);
    const files = await modelFiles(path);
    await requireNoInput(output, path, files);
    await requireFree(output, values.force);
    const conversion = await run(files, values, heads);
    await writeOutput(output, conversion.bytes);
    if (json) printJson(conversionRecord(conversion, output));
    else printConversion(conversion, output, values.dtype ?? "f32");
    return 0;
  },
};

async function run(
  files: ModelFiles,
  { dtype, part, vocabulary, activation }: Values<typeof options>,
  heads: number | undefined,
): Promise<Conversion> {
  return convertWeights(files, {
    dtype,
    part,
    activation,
    heads,
    vocabulary: vocabulary === undefined ? undefined : await loadBytes(vocabulary, { readFile }),
  });
}

function conversionRecord({ kind, made, bytes, tensors, unused, notes }: Conversion, output: string) {
  return {
    source: kinds[kind],
    made,
    file: output,
    bytes: bytes.length,
    tensors,
    unused: Object.fromEntries(unused),
    notes,
  };
}

function printConversion(
  { kind, made, bytes, tensors, unused, notes }: Conversion,
  output: string,
  dtype: string,
): void {
  printMessage(
    `a ${made} from ${kinds[kind]}: ${tensors} tensors, ${dtype}, ${megabytes(bytes.length)}`,
    output,
  );
  if (unused.size > 0) {
    const groups = [...unused].map(([name, count]) => (count > 1 ? `${name} (${count})` : name));
    printMessage(`not used: ${groups.join(", ")}`, output);
  }
  for (const note of notes) printMessage(note, output);
}

function listRecord({ kind, files, tensors }: Listing) {
  return {
    kind: kind && kinds[kind],
    files,
    tensors: tensors.map(({ name, dtype, shape, data }) => ({ name, dtype, shape, bytes: data.length })),
  };
}

function printListing({ kind, files, tensors }: Listing): void {
  const style = styleFor(process.stdout);
  const total = tensors.reduce((sum, { data }) => sum + data.length, 0);
  const what = kind ? kinds[kind] : "none that bpclip reads";
  const heading = `${files.join(", ")}: ${what}; ${tensors.length} tensors, ${megabytes(total)}`;
  process.stdout.write(`${style.bold(printable(heading))}\n`);
  for (const { name, dtype, shape, data } of tensors) {
    const size = String(data.length).padStart(11);
    process.stdout.write(
      `${size}  ${dtype.padEnd(4)}  ${printable(name)} ${style.dim(`[${shape.join(", ")}]`)}\n`,
    );
  }
}
