/** CLIP's tokenizer: prompts to the token ids that its text tower reads. */
import { InputError } from "../errors.js";
import { cleanAsClip, cleanAsHuggingFace } from "./clean.js";
import type { Convention, SpecialToken, Vocabulary } from "./vocabulary-files.js";

export interface TokenizerOptions {
  /** Whose tokenizer to follow; by default that of the program which the vocabulary's file is of. */
  convention?: Convention;
}

const runs = String.raw`\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+`;
const huggingFacePieces = `'s|'t|'re|'ve|'m|'ll|'d|${runs}`;
/** OpenAI's pattern is Hugging Face's without regard to case: for Python, ſ is then an s, and U+0345 (a small ι) nothing. */
const openAiPieces = huggingFacePieces.replace("'s", "'[sſ]").replace("]+", String.raw`\u0345]+`);

/**
 * Tokens of one vocabulary. Of OpenAI's and open_clip's tokenizer, all of ftfy is followed but the repair of text that was
 * decoded in a wrong encoding, and of the names of HTML 5 those of HTML 4; see `clean.ts`.
 */
export class Tokenizer {
  /** Ids are 0 … size − 1. */
  readonly size: number;
  /** The id before the tokens of a text. */
  readonly start: number;
  /** The id behind them. */
  readonly end: number;
  readonly #vocabulary: Vocabulary;
  readonly #split: (text: string) => number[];

  constructor(vocabulary: Vocabulary, { convention = vocabulary.convention }: TokenizerOptions = {}) {
    this.size = vocabulary.encoder.size;
    this.start = vocabulary.start.id;
    this.end = vocabulary.end.id;
    this.#vocabulary = vocabulary;
    this.#split =
      convention === "huggingFace"
        ? huggingFace(vocabulary)
        : openAi(vocabulary, specialTokens(vocabulary, convention));
  }

  /**
   * Ids of any text, all that it has, without start and end; none of an empty one. Halves of surrogate pairs count as
   * U+FFFD.
   */
  encode(text: string): number[] {
    return this.#split(text);
  }

  /**
   * What the text tower reads: start, ids, end, and zeros up to the context. Of a text too long for it, the first ids
   * and the end.
   * @param context Tokens in all, 2 or more: 77 in CLIP.
   * @throws InputError INPUT_RANGE (a context that is not such a number).
   */
  tokenise(text: string, context = 77): Uint32Array<ArrayBuffer> {
    if (!Number.isInteger(context) || context < 2) {
      throw new InputError(
        "INPUT_RANGE",
        `The context is ${context} tokens; it must be an integer of 2 or more.`,
        "Give the context of the text tower's config, or leave it out for CLIP's 77.",
      );
    }
    const tokens = new Uint32Array(context);
    tokens.set([this.start, ...this.encode(text).slice(0, context - 2), this.end]);
    return tokens;
  }

  /**
   * The text of ids: the pieces with a space behind each, the last one's left out. What is no UTF-8 becomes U+FFFD; start,
   * end and other special tokens give their own text.
   * @throws InputError INPUT_RANGE (an id that is not in 0 … size − 1).
   */
  decode(ids: Iterable<number>): string {
    const all = [...ids];
    const wrong = all.find((id) => !Number.isInteger(id) || id < 0 || id >= this.size);
    if (wrong !== undefined) {
      throw new InputError(
        "INPUT_RANGE",
        `The id ${wrong} is not in 0..${this.size - 1}.`,
        "Give ids of the same vocabulary.",
      );
    }
    return this.#vocabulary.encoder.decode(all).trimEnd();
  }
}

function specialTokens({ start, end, special }: Vocabulary, convention: Convention): readonly SpecialToken[] {
  if (convention === "openai") return special;
  return [
    { ...start, text: "<start_of_text>" },
    { ...end, text: "<end_of_text>" },
  ];
}

/** Special tokens are pieces of the cleaned text like any other, and so are none behind other punctuation. */
function openAi({ encoder }: Vocabulary, special: readonly SpecialToken[]): (text: string) => number[] {
  const pieces = new RegExp(`${alternatives(special)}|${openAiPieces}`, "gu");
  const ids = idsByText(special);
  return (text) =>
    (cleanAsClip(text).match(pieces) ?? []).flatMap((piece) => ids.get(piece) ?? encoder.encode(piece));
}

/** Special tokens are cut out first; what cleaning turns into their text is none, though it begins a piece. */
function huggingFace({ encoder, start, end, special }: Vocabulary): (text: string) => number[] {
  const raw = cutter(special.filter(({ normalized }) => !normalized));
  const normalized = cutter(
    special
      .filter(({ normalized }) => normalized)
      .map((token) => ({ ...token, text: cleanAsHuggingFace(token.text) })),
  );
  const pieces = new RegExp(`${alternatives([start, end])}|${huggingFacePieces}`, "gu");
  const parts = new RegExp(runs, "gu");
  const encode = (text: string) =>
    (text.match(pieces) ?? [])
      .flatMap((piece) => (piece === start.text || piece === end.text ? piece.match(parts)! : [piece]))
      .flatMap((piece) => encoder.encode(piece));
  return (text) => raw(text, (part) => normalized(cleanAsHuggingFace(part), encode));
}

/** Gives ids for special tokens wherever they stand, of two at one place the longer, and asks for those of the rest. */
function cutter(special: readonly SpecialToken[]) {
  if (special.length === 0) return (text: string, encode: (part: string) => number[]) => encode(text);
  const ids = idsByText(special);
  const cut = new RegExp(`(${alternatives(special)})`, "u");
  return (text: string, encode: (part: string) => number[]) =>
    text.split(cut).flatMap((part, i) => (i % 2 === 1 ? ids.get(part)! : encode(part)));
}

function idsByText(special: readonly SpecialToken[]): Map<string, number> {
  return new Map(special.map(({ text, id }) => [text, id]));
}

function alternatives(special: readonly SpecialToken[]): string {
  const texts = special.map(({ text }) => text).sort((a, b) => b.length - a.length);
  return texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
}
