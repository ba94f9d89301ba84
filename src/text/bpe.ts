/**
 * CLIP's byte-level byte-pair encoding (Sennrich et al. 2016, Radford et al. 2019): pieces of text to ids, and back.
 * A symbol is one or more bytes, written with a printable character for each; the last of a piece ends in `</w>`.
 */
import { WeightsError } from "../errors.js";

/** Two neighbouring symbols that become one. */
export type Merge = readonly [left: string, right: string];

const endOfWord = "</w>";
const notAnotherVocabulary = "Use the vocabulary files of one CLIP model, all of them from the same source.";

const bytes = Array.from({ length: 256 }, (_, byte) => byte);
const prints = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
const printing = bytes.filter(prints);
/** In the order of the vocabulary: those that print in Latin-1, then all others. */
const orderedBytes = [...printing, ...bytes.filter((byte) => !prints(byte))];

/** The character of each of `orderedBytes`: itself where it prints, else the next one from U+0100 on. */
const characters = orderedBytes.map((byte, i) =>
  String.fromCharCode(i < printing.length ? byte : 256 + i - printing.length),
);
const characterOfByte = new Map(orderedBytes.map((byte, i) => [byte, characters[i]]));
const byteOfCharacter = new Map(orderedBytes.map((byte, i) => [characters[i], byte]));

/** The 512 symbols of one byte, in the order of the vocabulary: inside of a word, then at its end. */
export const byteSymbols: readonly string[] = [
  ...characters,
  ...characters.map((character) => character + endOfWord),
];

/** Encodes pieces under one vocabulary. */
export class BytePairEncoder {
  /** Ids are 0 … size − 1. */
  readonly size: number;
  readonly #symbols: string[] = [];
  /** By left id · size + right id: how early the merge was learnt, and the id of what it makes. */
  readonly #merges = new Map<number, { rank: number; id: number }>();
  readonly #special: ReadonlySet<string>;
  /** The ids of single bytes, inside of a word and at its end. */
  readonly #inside: number[];
  readonly #last: number[];

  /**
   * @param ids The id of every symbol and special token: 0 … size − 1, each once.
   * @param merges The earliest learnt first.
   * @param special Those of the symbols that are no text, and therefore made by no merge.
   * @throws WeightsError WEIGHTS_VOCABULARY (a byte, or a symbol of a merge, has no id; ids have gaps), WEIGHTS_DUPLICATE
   * (an id or merge is there twice), WEIGHTS_TRUNCATED (no merge makes one of the symbols).
   */
  constructor(ids: ReadonlyMap<string, number>, merges: readonly Merge[], special: Iterable<string>) {
    this.size = ids.size;
    this.#special = new Set(special);
    for (const [symbol, id] of ids) {
      if (!Number.isInteger(id) || id < 0 || id >= ids.size) {
        throw refuse("WEIGHTS_VOCABULARY", `the id ${id} of ${quote(symbol)} is not in 0..${ids.size - 1}`);
      }
      if (this.#symbols[id] !== undefined) {
        throw refuse(
          "WEIGHTS_DUPLICATE",
          `${quote(this.#symbols[id])} and ${quote(symbol)} have the id ${id}`,
        );
      }
      this.#symbols[id] = symbol;
    }

    const idOf = (symbol: string) => {
      const id = ids.get(symbol);
      if (id === undefined) throw refuse("WEIGHTS_VOCABULARY", `the symbol ${quote(symbol)} has no id`);
      return id;
    };
    this.#inside = bytes.map((byte) => idOf(characterOfByte.get(byte)!));
    this.#last = bytes.map((byte) => idOf(characterOfByte.get(byte) + endOfWord));

    const unmade = new Set(ids.keys());
    for (const symbol of [...byteSymbols, ...this.#special]) unmade.delete(symbol);
    for (const [rank, [left, right]] of merges.entries()) {
      const key = this.#key(idOf(left), idOf(right));
      if (this.#merges.has(key)) {
        throw refuse("WEIGHTS_DUPLICATE", `the merge of ${quote(left)} and ${quote(right)} is there twice`);
      }
      this.#merges.set(key, { rank, id: idOf(left + right) });
      unmade.delete(left + right);
    }
    const [first] = unmade;
    if (first !== undefined) {
      throw refuse(
        "WEIGHTS_TRUNCATED",
        `no merge makes ${unmade.size} of its symbols, ${quote(first)} the first`,
      );
    }
  }

  /** Ids of one piece, none of an empty one: of all merges that apply, the earliest learnt comes first. */
  encode(piece: string): number[] {
    const utf8 = new TextEncoder().encode(piece);
    let word = Array.from(utf8, (byte, i) => (i < utf8.length - 1 ? this.#inside : this.#last)[byte]);
    for (;;) {
      let first: { rank: number; id: number } | undefined;
      let firstKey = 0;
      for (let i = 0; i + 1 < word.length; i++) {
        const key = this.#key(word[i], word[i + 1]);
        const merge = this.#merges.get(key);
        if (merge && merge.rank < (first?.rank ?? Number.POSITIVE_INFINITY)) {
          first = merge;
          firstKey = key;
        }
      }
      if (!first) return word;

      const merged: number[] = [];
      for (let i = 0; i < word.length; i++) {
        const found = i + 1 < word.length && this.#key(word[i], word[i + 1]) === firstKey;
        merged.push(found ? first.id : word[i]);
        if (found) i++;
      }
      word = merged;
    }
  }

  /**
   * The text of ids, with a space at the end of each word; what is no UTF-8 becomes U+FFFD. A special token gives its
   * own text.
   * @param ids Each in 0 … size − 1.
   */
  decode(ids: Iterable<number>): string {
    const utf8 = Array.from(ids).flatMap((id) => {
      const symbol = this.#symbols[id];
      if (this.#special.has(symbol)) return [...new TextEncoder().encode(symbol)];
      const word = symbol.endsWith(endOfWord);
      const text = word ? symbol.slice(0, -endOfWord.length) : symbol;
      const bytes = Array.from(text, (character) => byteOfCharacter.get(character)!);
      return word ? [...bytes, 0x20] : bytes;
    });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(utf8));
  }

  #key(left: number, right: number): number {
    return left * this.size + right;
  }
}

function refuse(code: string, what: string): WeightsError {
  return new WeightsError(code, `The vocabulary does not fit together: ${what}.`, notAnotherVocabulary);
}

function quote(symbol: string): string {
  return JSON.stringify(symbol.length > 60 ? `${symbol.slice(0, 60)}…` : symbol);
}
