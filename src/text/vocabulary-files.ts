/** The files that CLIP's vocabulary comes in: a list of merges, or Hugging Face's JSON. */
import { WeightsError } from "../errors.js";
import { isObject, quote } from "../json.js";
import { BytePairEncoder, byteSymbols, type Merge } from "./bpe.js";

/**
 * Whose tokenizer is followed where they differ: in cleaning (`clean.ts`), and in what stands for the start and the end
 * inside of a text. open_clip's code is OpenAI's, with `<start_of_text>` for `<|startoftext|>`. Hugging Face looks for
 * special tokens before it cleans.
 */
export const conventions = ["openai", "openClip", "huggingFace"] as const;
export type Convention = (typeof conventions)[number];

/** A token that is no text. */
export interface SpecialToken {
  /** What stands for it inside of a text. */
  text: string;
  id: number;
  /** Hugging Face: looked for in the cleaned text, not before. */
  normalized: boolean;
}

/** All that a tokenizer is made of. */
export interface Vocabulary {
  encoder: BytePairEncoder;
  /** The id of every symbol and special token. */
  ids: ReadonlyMap<string, number>;
  /** The earliest learnt first. */
  merges: readonly Merge[];
  start: SpecialToken;
  end: SpecialToken;
  /** Start and end, and whatever a file adds to them. */
  special: readonly SpecialToken[];
  /** That of the program which the file is of. */
  convention: Convention;
}

/** A file's bytes, or its text. */
export type VocabularyFile = Uint8Array | ArrayBuffer | string;

const startText = "<|startoftext|>";
const endText = "<|endoftext|>";

/** Of the 262,144 merges in OpenAI's file, CLIP uses the first. */
const openAiMerges = 48_894;

/** CLIP's own vocabulary has 3 MB, and 4 as tokenizer.json. */
const maxLength = 64 * 1024 * 1024;

const mendDamaged = "Download or export the file again: it is damaged, or not whole.";
const mendOther =
  "Use CLIP's bpe_simple_vocab_16e6.txt (or .gz), vocab.json with merges.txt, or tokenizer.json, of one model.";

/**
 * Reads a vocabulary: OpenAI's `bpe_simple_vocab_16e6.txt`, gzipped or not; Hugging Face's `tokenizer.json`; its
 * `vocab.json` with `merges.txt`; or `merges.txt` alone. Which it is, is told from its content.
 * @param merges `merges.txt`, where the file is `vocab.json`.
 * @throws WeightsError WEIGHTS_VOCABULARY (none of these, damaged, or not CLIP's kind of tokenizer), WEIGHTS_TRUNCATED
 * (symbols or merges are missing), WEIGHTS_DUPLICATE (a symbol, id or merge is there twice), WEIGHTS_TOO_LARGE (more than
 * 64 MiB of text).
 */
export async function readVocabulary(file: VocabularyFile, merges?: VocabularyFile): Promise<Vocabulary> {
  const text = await textOf(file);
  if (!text.trimStart().startsWith("{")) {
    if (merges !== undefined)
      throw refuse("the first file is not vocab.json, and merges were given beside it");
    return vocabularyOfMerges(readMerges(text));
  }
  const json = parse(text);
  if (isObject(json.model)) return ofTokenizerJson(json, json.model);
  if (merges === undefined) throw refuse("vocab.json was given without merges.txt");
  return ofVocabJson(json, readMerges(await textOf(merges)));
}

/**
 * The vocabulary in CLIP's order that these merges make: 256 bytes, the same with `</w>`, the merges, start, end.
 * @param merges The earliest learnt first.
 * @throws WeightsError WEIGHTS_VOCABULARY (a merge of unknown symbols), WEIGHTS_DUPLICATE (two merges make one symbol).
 */
export function vocabularyOfMerges(merges: readonly Merge[]): Vocabulary {
  const symbols = [...byteSymbols, ...merges.map(([left, right]) => left + right), startText, endText];
  const ids = new Map<string, number>();
  for (const [id, symbol] of symbols.entries()) add(ids, symbol, id);
  return vocabulary(ids, merges, [], "openai");
}

/**
 * The merges of a text whose first line is a heading with `#version`, and each other two symbols: `merges.txt`, the
 * `merges` in the metadata of this project's text towers, and OpenAI's file, of which CLIP uses the first 48,894.
 * @throws WeightsError WEIGHTS_VOCABULARY (no such text), WEIGHTS_TRUNCATED (OpenAI's file, with too few merges).
 */
export function readMerges(text: string): Merge[] {
  const [heading, ...lines] = text.split(/\r?\n/);
  if (!heading.includes("#version")) throw refuse("a list of merges must begin with a line of #version");
  if (lines.at(-1) === "") lines.pop();
  const isOpenAi = heading.includes("bpe_simple_vocab");
  if (isOpenAi && lines.length < openAiMerges) {
    throw refuse(`it has ${lines.length} merges, not ${openAiMerges}`, "WEIGHTS_TRUNCATED", mendDamaged);
  }
  return (isOpenAi ? lines.slice(0, openAiMerges) : lines).map((line, i) => {
    const merge = pair(line.split(" "));
    if (!merge) throw refuse(`line ${i + 2} is not two symbols, but ${quote(line)}`, undefined, mendDamaged);
    return merge;
  });
}

function ofVocabJson(json: Record<string, unknown>, merges: readonly Merge[]): Vocabulary {
  return vocabulary(idsOf(json, "vocab.json"), merges, [], "huggingFace");
}

function ofTokenizerJson(json: Record<string, unknown>, model: Record<string, unknown>): Vocabulary {
  checkKind(json, model);
  if (!isObject(model.vocab)) throw refuse("its model.vocab is not an object");
  if (!Array.isArray(model.merges)) throw refuse("its model.merges is not a list");
  const ids = idsOf(model.vocab, "model.vocab");
  const merges = model.merges.map((item: unknown, i) => {
    const merge = pair(typeof item === "string" ? item.split(" ") : item);
    if (!merge) throw refuse(`its model.merges[${i}] is not two symbols, but ${quote(item)}`);
    return merge;
  });

  const added = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  const special = added.map((token: unknown, i): SpecialToken => {
    const isToken = isObject(token) && typeof token.content === "string" && token.content !== "";
    if (!isToken || typeof token.id !== "number" || token.lstrip || token.rstrip || token.single_word) {
      throw refuse(`its added_tokens[${i}] is not a plain token, but ${quote(token)}`);
    }
    const { content, id, normalized } = token as { content: string; id: number; normalized: unknown };
    if (ids.get(content) !== id) add(ids, content, id);
    return { text: content, id, normalized: normalized === true };
  });
  return vocabulary(ids, merges, special, "huggingFace");
}

/** What makes other tokenizers give other ids. */
function checkKind(json: Record<string, unknown>, model: Record<string, unknown>): void {
  const found = {
    model: model.type ?? "BPE",
    end_of_word_suffix: model.end_of_word_suffix,
    continuing_subword_prefix: model.continuing_subword_prefix || null,
    dropout: model.dropout || null,
    byte_fallback: model.byte_fallback || false,
    ignore_merges: model.ignore_merges || false,
    normalizer: json.normalizer,
  };
  const expected = {
    model: "BPE",
    end_of_word_suffix: "</w>",
    continuing_subword_prefix: null,
    dropout: null,
    byte_fallback: false,
    ignore_merges: false,
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
        { type: "Lowercase" },
      ],
    },
  };
  for (const [key, value] of Object.entries(expected)) {
    const actual = found[key as keyof typeof found];
    if (JSON.stringify(actual) !== JSON.stringify(value)) {
      throw refuse(`its ${key} is ${quote(actual)}, not CLIP's`);
    }
  }
  const pieces = String.raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;
  if (!JSON.stringify(json.pre_tokenizer ?? null).includes(`${JSON.stringify(pieces).slice(1, -1)}"`)) {
    throw refuse("its pre_tokenizer does not split text as CLIP does");
  }
}

/** @param special What the file says of special tokens; start and end are found by their text where it is silent. */
function vocabulary(
  ids: ReadonlyMap<string, number>,
  merges: readonly Merge[],
  special: readonly SpecialToken[],
  convention: Convention,
): Vocabulary {
  const all = [...special];
  const [start, end] = [startText, endText].map((text) => {
    const known = special.find((token) => token.text === text);
    if (known) return known;
    const id = ids.get(text);
    if (id === undefined) throw refuse(`it has no ${text}`);
    const token = { text, id, normalized: false };
    all.push(token);
    return token;
  });
  const encoder = new BytePairEncoder(
    ids,
    merges,
    all.map(({ text }) => text),
  );
  return { encoder, ids, merges, start, end, special: all, convention };
}

function idsOf(json: Record<string, unknown>, where: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [symbol, id] of Object.entries(json)) {
    if (typeof id !== "number") throw refuse(`its ${where} gives ${quote(symbol)} the id ${quote(id)}`);
    ids.set(symbol, id);
  }
  return ids;
}

function add(ids: Map<string, number>, symbol: string, id: number): void {
  if (ids.has(symbol)) {
    throw refuse(`${quote(symbol)} is there twice, as ${ids.get(symbol)} and ${id}`, "WEIGHTS_DUPLICATE");
  }
  ids.set(symbol, id);
}

function pair(symbols: unknown): Merge | undefined {
  if (!Array.isArray(symbols) || symbols.length !== 2) return undefined;
  const [left, right]: unknown[] = symbols;
  return typeof left === "string" && typeof right === "string" && left && right ? [left, right] : undefined;
}

function parse(text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse("it begins as JSON, and is not JSON", undefined, mendDamaged, { cause });
  }
  if (!isObject(json)) throw refuse("it is not a JSON object");
  return json;
}

async function textOf(file: VocabularyFile): Promise<string> {
  const text = typeof file === "string" ? file : await decode(new Uint8Array(file));
  if (text.length <= maxLength) return text;
  throw refuse(`it has more than ${maxLength} characters`, "WEIGHTS_TOO_LARGE");
}

/** The text of UTF-8, gzipped or not; reading stops once there is too much. */
async function decode(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = new Blob([bytes]).stream();
  const stream = isGzip ? plain.pipeThrough(new DecompressionStream("gzip")) : plain;
  const reader = stream.pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
  let text = "";
  try {
    while (text.length <= maxLength) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += value;
    }
  } catch (cause) {
    const what = isGzip ? "it is not gzip of UTF-8, or breaks off" : "it is not UTF-8";
    throw refuse(what, undefined, mendDamaged, { cause });
  }
  await reader.cancel();
  return text;
}

function refuse(
  what: string,
  code = "WEIGHTS_VOCABULARY",
  mend = mendOther,
  options?: ErrorOptions,
): WeightsError {
  return new WeightsError(code, `The vocabulary cannot be read: ${what}.`, mend, options);
}
