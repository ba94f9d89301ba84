#!/usr/bin/env node
/** The command line of bpclip: finds the command, and turns errors into one line and an exit status. */
import { assemble } from "./assemble.js";
import { bench } from "./bench.js";
import { type Command, commonOptions, parseCommand, UsageError } from "./command.js";
import { compare } from "./compare.js";
import { convert } from "./convert.js";
import { describe } from "./describe.js";
import { doctor } from "./doctor.js";
import { evaluate } from "./eval.js";
import { explain } from "./explain.js";
import { printError } from "./messages.js";
import { profile } from "./profile.js";
import { score } from "./score.js";
import { closest } from "./suggest.js";
import { tune } from "./tune.js";
import { readVersion } from "./version.js";

const commands: Record<string, Command> = {
  score,
  compare,
  describe,
  explain,
  eval: evaluate,
  doctor,
  profile,
  tune,
  bench,
  assemble,
  convert,
};

const help = `\
bpclip: perceptual image quality on WebGPU

Usage: bpclip <command> [options]

Commands:
${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

  -h, --help      this text; after a command, that command's
  -V, --version   the version

Examples:
  bpclip score photo.jpg
  bpclip score holiday/ --json > scores.jsonl
  bpclip compare original.png encoded.jpg
  bpclip describe photo.jpg "out of focus"
  bpclip explain photo.jpg -o photo-explained.png
  bpclip eval kadid10k/ --report kadid.html
  bpclip doctor
  bpclip tune
  bpclip convert RN50.pt -o clip-rn50.safetensors
  bpclip assemble --backbone resnet50.pth --clip RN50.pt -o bpclip-nr.safetensors
`;

/** @returns The exit status: 0, 1 when something failed, 2 for wrong usage. */
async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    process.stderr.write(help);
    return 2;
  }
  if (name === "help") return main([...rest, "--help"]);
  if (name.startsWith("-")) {
    const { help: helpOption, version } = commonOptions;
    const { values } = parseCommand("bpclip", { help: helpOption, version }, args);
    process.stdout.write(values.version ? `${readVersion()}\n` : help);
    return 0;
  }
  if (!Object.hasOwn(commands, name)) throw unknownCommand(name);
  const command = commands[name];
  const { values, operands } = parseCommand(`bpclip ${name}`, command.options, rest);
  if (values.help || values.version) {
    const text = `bpclip ${name}: ${command.summary}\n\n${command.help}`;
    process.stdout.write(values.help ? text : `${readVersion()}\n`);
    return 0;
  }
  return command.run(values, operands);
}

function unknownCommand(name: string): UsageError {
  const suggestion = closest(name, Object.keys(commands));
  const isPicture = /[./\\*]/.test(name);
  let mend = "See `bpclip --help`.";
  if (suggestion) mend = `Did you mean \`bpclip ${suggestion}\`?`;
  else if (isPicture) mend = `Did you mean \`bpclip score ${name}\`?`;
  return new UsageError(`There is no command "${name}".`, mend);
}

// The reader of our output may stop early, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

const args = process.argv.slice(2);
try {
  process.exitCode = await main(args);
} catch (error) {
  printError(error, { debug: args.includes("--debug") });
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
