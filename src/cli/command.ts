/** What a command is, and how its arguments are read. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { BpclipError } from "../errors.js";
import { closest } from "./suggest.js";

export interface Option {
  type: "string" | "boolean";
  short?: string;
  /** May be given several times; its value is then a list. */
  multiple?: boolean;
  /** What a string option may be; anything when left out. */
  choices?: readonly string[];
}
export type Options = Record<string, Option>;

/** An option's value by its name; undefined where it was not given. */
export type Values<O extends Options> = {
  [K in keyof O]?: O[K]["type"] extends "string"
    ? O[K]["multiple"] extends true
      ? string[]
      : O[K]["choices"] extends readonly (infer Choice)[]
        ? Choice
        : string
    : boolean;
};

export interface Command<O extends Options = Options> {
  /** One line for the list of commands. */
  summary: string;
  /** How it is used, its options, and examples. */
  help: string;
  options: O;
  /** Does the work and gives the exit status. */
  run(values: Values<O>, operands: string[]): Promise<number>;
}

/** The command line is wrong: exit status 2. */
export class UsageError extends BpclipError {
  constructor(message: string, mend: string) {
    super("USAGE", message, mend);
  }
}

/** Options of every command. */
export const commonOptions = {
  adapter: { type: "string", choices: ["auto", "hardware", "software", "cpu"] },
  model: { type: "string" },
  json: { type: "boolean" },
  debug: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
} as const satisfies Options;

export const commonHelp = `\
  --adapter <kind>      auto: the best WebGPU adapter, or the CPU where there is none (default);
                        hardware or software: only such an adapter; cpu: no WebGPU
  --model <file|url>    a checkpoint (.safetensors) instead of the shipped one
  --debug               print stack traces with errors
  -h, --help            this text
  -V, --version         the version`;

/** Options of commands that judge pictures. */
export const judgingOptions = {
  ...commonOptions,
  precision: { type: "string", choices: ["f32", "f16"] },
} as const satisfies Options;

export const judgingHelp = `\
  --precision <type>    f16: store feature maps and weights in half precision where the adapter
                        can; f32 by default
${commonHelp}`;

/**
 * Reads a command's arguments.
 * @throws UsageError, with a suggestion where an option was misspelt.
 */
export function parseCommand<O extends Options>(
  name: string,
  options: O,
  args: string[],
): { values: Values<O>; operands: string[] } {
  const seeHelp = `See \`${name} --help\`.`;
  const didYouMean = (typed: string, known: readonly string[], prefix = "") => {
    const suggestion = closest(typed, known);
    return suggestion ? `Did you mean ${prefix}${suggestion}?` : seeHelp;
  };

  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options: options as ParseArgsConfig["options"], allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, unknown] = /^Unknown option '([^']+)'/.exec(message) ?? [];
    if (unknown) {
      const mend = didYouMean(unknown.replace(/^-+/, ""), Object.keys(options), "--");
      throw new UsageError(`There is no option ${unknown}.`, mend);
    }
    if (code?.startsWith("ERR_PARSE_ARGS")) throw new UsageError(`${message.split("\n")[0]}.`, seeHelp);
    throw error;
  }

  for (const [option, { choices }] of Object.entries(options)) {
    const value = parsed.values[option];
    if (typeof value !== "string" || !choices || choices.includes(value)) continue;
    throw new UsageError(
      `--${option} cannot be "${value}"; it is one of ${choices.join(", ")}.`,
      didYouMean(value, choices),
    );
  }
  return { values: parsed.values as Values<O>, operands: parsed.positionals };
}

/**
 * The integer that an option was given.
 * @throws UsageError, where it is none in low..high.
 */
export function readInteger(option: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UsageError(`--${option} cannot be "${text}".`, `Give an integer in ${low}..${high}.`);
}
