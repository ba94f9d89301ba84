/** `bpclip assemble`: a checkpoint to train from, of a backbone, a text tower and new layers. */
import { readFile } from "node:fs/promises";
import { BpclipError, InputError, WeightsError } from "../errors.js";
import type { ModelConfig } from "../model/config.js";
import { modelTensors, parameterCount } from "../model/tensors.js";
import type { TextTowerConfig } from "../model/text-tower.js";
import { CpuExecutor } from "../reference/executor.js";
import { embedTexts } from "../text/embed.js";
import { assemble as assembleTensors, paperConfig } from "../weights/assemble.js";
import { convertBackbone } from "../weights/convert/backbone.js";
import { convertSource, store } from "../weights/convert/convert.js";
import { type Kind, kinds, requireKind } from "../weights/convert/detect.js";
import { openSource } from "../weights/convert/model-files.js";
import { loadBytes } from "../weights/load.js";
import { readSafetensors } from "../weights/safetensors.js";
import { openTextCheckpoint, type TextCheckpoint } from "../weights/text-checkpoint.js";
import { type Command, commonOptions, readInteger, UsageError } from "./command.js";
import { printMessage } from "./messages.js";
import { modelFiles, requireNoInput } from "./model-files.js";
import { requireFree, writeOutput } from "./output-file.js";
import { Progress } from "./progress.js";
import { megabytes } from "./style.js";

const { debug, help, version } = commonOptions;

const options = {
  backbone: { type: "string" },
  clip: { type: "string" },
  vocabulary: { type: "string" },
  activation: { type: "string", choices: ["quickGelu", "gelu"] },
  heads: { type: "string" },
  output: { type: "string", short: "o" },
  force: { type: "boolean" },
  mode: { type: "string", choices: ["nr", "fr"] },
  init: { type: "string" },
  dtype: { type: "string", choices: ["f32", "f16"] },
  name: { type: "string" },
  "joint-width": { type: "string" },
  gate: { type: "string", choices: ["linear", "gated"] },
  difference: { type: "string", choices: ["absolute", "smooth"] },
  "out-projection": { type: "boolean" },
  "pre-norm": { type: "boolean" },
  pool: { type: "string", choices: ["mean", "weighted"] },
  similarity: { type: "string", choices: ["cosine", "softmax"] },
  debug,
  help,
  version,
} as const;

export const assemble: Command<typeof options> = {
  summary: "a checkpoint to train from, of an ImageNet ResNet and CLIP's words",
  help: `\
Usage: bpclip assemble --backbone <file> --clip <file|folder> -o <out.safetensors> [options]

Makes a BPCLIP checkpoint of the paper's size: a ResNet's weights, the features of the 40
quality adjectives by CLIP's text tower, and new layers between them. These are untrained:
the checkpoint is for training (tools/train), and its scores mean nothing before.

Options:
  --backbone <file>     a ResNet50 or another of its build: torchvision's, timm's, or what
                        convert has made of one
  --clip <file|folder>  OpenAI's, open_clip's or Hugging Face's CLIP, or what convert has
                        made of one
  --vocabulary <file>   its vocabulary, where there is none beside it:
                        bpe_simple_vocab_16e6.txt(.gz), merges.txt or tokenizer.json
  --activation <kind>   of its text tower, where its files do not tell: quickGelu or gelu
  --heads <n>           of its text tower, where they are not its config's, or width / 64
  -o, --output <file>   the checkpoint to write (.safetensors)
  --force               replace it where it is there already
  --mode <mode>         nr: no-reference (default); fr: full-reference
  --init <seed>         where the new layers begin, 0 to 4294967295; 1 by default
  --dtype <type>        f32 (default), or f16: half the size
  --name <name>         the checkpoint's name; bpclip-nr or bpclip-fr by default
  --joint-width <n>     refuse a tower whose joint space is not as wide: 1024 in CLIP RN50
  --debug               print stack traces with errors
  -h, --help            this text
  -V, --version         the version

Choices that the paper leaves open; the first of each is the default:
  --gate <kind>         linear, gated: how pooling projects a level (nr)
  --difference <kind>   absolute, smooth: of a picture and its reference (fr)
  --pool <kind>         mean, weighted: how a level becomes one vector
  --similarity <kind>   cosine, softmax: what the head reads
  --out-projection      a projection after each attention
  --pre-norm            a layer norm before each attention

Examples:
  bpclip assemble --backbone resnet50-11ad3fa6.pth --clip RN50.pt \\
    --vocabulary bpe_simple_vocab_16e6.txt.gz -o bpclip-nr.safetensors
  bpclip assemble --backbone resnet50.safetensors --clip clip-rn50.safetensors \\
    --mode fr --init 7 -o bpclip-fr.safetensors

Exit status: 0 when the checkpoint was written, 1 when that failed, 2 for wrong usage.
`,
  options,

  async run(values, operands) {
    const { backbone, clip, output, force, name, mode = "nr", dtype = "f32" } = values;
    if (operands.length > 0) {
      throw new UsageError(
        `assemble takes options only, and was given "${operands[0]}".`,
        "Name each file by its option: --backbone, --clip and --output.",
      );
    }
    if (backbone === undefined || clip === undefined || output === undefined) {
      throw new UsageError(
        "assemble wants a backbone, a text tower and the checkpoint to write.",
        "For example: bpclip assemble --backbone resnet50.pth --clip RN50.pt -o bpclip-nr.safetensors",
      );
    }
    if (name !== undefined && (name.length < 1 || name.length > 64)) {
      throw new UsageError(`--name cannot be "${name}".`, "Give a name of 1 to 64 characters.");
    }
    if (values.gate && mode === "fr") throw onlyFor("gate", "nr");
    if (values.difference && mode === "nr") throw onlyFor("difference", "fr");
    const number = (option: "init" | "heads" | "joint-width", low: number, high: number) => {
      const text = values[option];
      return text === undefined ? undefined : readInteger(option, text, low, high);
    };
    const seed = number("init", 0, 2 ** 32 - 1) ?? 1;
    const jointWidth = number("joint-width", 1, 8192);
    const heads = number("heads", 1, 128);
    await requireFree(output, force);

    const resnet = await named(backbone, () => openBackbone(backbone, output));
    const tower = await named(clip, () => openTower(clip, output, { ...values, heads }));
    const found = tower.config.jointWidth;
    if (jointWidth !== undefined && found !== jointWidth) {
      throw new InputError(
        "INPUT_JOINT_WIDTH",
        `${clip} has a joint space of ${found}, and one of ${jointWidth} was asked for.`,
        "Give another text tower, or the --joint-width of this one.",
      );
    }
    const config = paperConfig(resnet.config, found, {
      ...values,
      mode,
      outProjection: values["out-projection"],
      preNorm: values["pre-norm"],
    });
    const tensors = assembleTensors({
      config,
      backbone: resnet.tensors,
      features: await embedWords(tower, config.words),
      seed,
    });
    const bytes = store({ tensors, metadata: { bpclip: JSON.stringify(config) } }, dtype);
    await writeOutput(output, bytes);
    printSummary(config, {
      output: `${output} (${dtype}, ${megabytes(bytes.length)})`,
      backbone,
      clip,
      seed,
    });
    return 0;
  },
};

/** Names the file in what is thrown: of two that are read, it may be either. */
async function named<T>(path: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof BpclipError) || error.message.startsWith(path)) throw error;
    throw new BpclipError(error.code, `${path}: ${error.message}`, error.mend, { cause: error });
  }
}

async function openInput(path: string, output: string) {
  const files = await modelFiles(path);
  await requireNoInput(output, path, files);
  return { files, source: await openSource(files) };
}

async function openBackbone(path: string, output: string) {
  const { source } = await openInput(path, output);
  const { kind, prefix } = requireKind(source);
  if (kind !== "resnet") throw wrongKind(path, kind, "a ResNet for --backbone");
  return convertBackbone(source, prefix);
}

interface TowerOptions {
  vocabulary?: string;
  activation?: TextTowerConfig["activation"];
  heads?: number;
}

async function openTower(
  path: string,
  output: string,
  { vocabulary, activation, heads }: TowerOptions,
): Promise<TextCheckpoint> {
  const { files, source } = await openInput(path, output);
  const { kind } = requireKind(source);
  if (!towerKinds.includes(kind)) throw wrongKind(path, kind, "a text tower for --clip");
  const { bytes } = await convertSource(files, source, {
    activation,
    heads,
    vocabulary: vocabulary === undefined ? undefined : await loadBytes(vocabulary, { readFile }),
  });
  if (Object.hasOwn(readSafetensors(bytes).metadata, "merges")) return openTextCheckpoint(bytes);
  throw new InputError(
    "INPUT_VOCABULARY",
    `${path} has no vocabulary, without which the words cannot be read.`,
    "Give the one that it was trained with (--vocabulary): for OpenAI's and open_clip's models bpe_simple_vocab_16e6.txt.gz.",
  );
}

/** What has a text tower, and no more than one. */
const towerKinds: readonly Kind[] = ["tower", "openai", "openClip", "huggingFace"];

function wrongKind(path: string, kind: Kind, wanted: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_KIND",
    `${path} is ${kinds[kind]}.`,
    `Give ${wanted}; \`bpclip convert --list\` says what a file is.`,
  );
}

/** The words' features, words×E, with a bar for who waits: CLIP's tower takes seconds on the CPU. */
async function embedWords(tower: TextCheckpoint, words: readonly string[]): Promise<Float32Array> {
  const { jointWidth } = tower.config;
  const features = new Float32Array(words.length * jointWidth);
  const executor = new CpuExecutor(tower.get.bind(tower));
  const progress = new Progress(words.length);
  try {
    for (const [i, word] of words.entries()) {
      progress.draw(i, word);
      features.set(await embedTexts(tower, executor, [word]), i * jointWidth);
    }
  } finally {
    progress.clear();
    executor.dispose();
  }
  return features;
}

interface Made {
  output: string;
  backbone: string;
  clip: string;
  seed: number;
}

/** What the checkpoint is, and what of it came from where. */
function printSummary(config: ModelConfig, { output, backbone, clip, seed }: Made): void {
  const tensors = modelTensors(config);
  const total = parameterCount(tensors);
  const trained = parameterCount(tensors.filter(({ key }) => key.startsWith("backbone.")));
  const count = (parameters: number) => `${parameters.toLocaleString("en")} parameters`;
  const { stem, width, blocks } = config.backbone;
  printMessage(`${config.name}, ${count(total)}`, output);
  printMessage(`its backbone, ${count(trained)}: stem ${stem}, width ${width}, blocks ${blocks}`, backbone);
  printMessage(`its ${config.words.length} words' features, ${config.jointWidth} wide`, clip);
  printMessage(
    `warning: its other ${count(total - trained)} are untrained (seed ${seed}), and its scores mean nothing before training (tools/train)`,
  );
}

function onlyFor(option: string, mode: ModelConfig["mode"]): UsageError {
  return new UsageError(`--${option} is of networks of --mode ${mode} alone.`, "Leave one of both out.");
}
