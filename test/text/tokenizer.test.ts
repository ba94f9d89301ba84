/** The tokenizer against OpenAI's, open_clip's and Hugging Face's: see tools/train/tokenizer_goldens.py. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { byteSymbols, type Merge } from "../../src/text/bpe.js";
import { Tokenizer } from "../../src/text/tokenizer.js";
import { readMerges, readVocabulary, vocabularyOfMerges } from "../../src/text/vocabulary-files.js";
import { readSafetensors } from "../../src/weights/safetensors.js";
import { expectCode } from "../support/errors.js";
import { integer, pick, type Random, random } from "../support/random.js";

/** Ids between start and end, at most 75, as a text. */
type Ids = string;

interface Goldens {
  /** Of every text. */
  openai: Ids[];
  /** By number of text, where they differ from OpenAI's. */
  openClip: Record<number, Ids>;
  huggingFace: Record<number, Ids>;
  /** Hugging Face's with special tokens looked for in the cleaned text, where they differ from those. */
  normalized: Record<number, Ids>;
  /** OpenAI's, of texts that ftfy repairs. */
  mojibake: Record<string, Ids>;
  /** As transformers writes it, less its vocab and merges. */
  tokenizerJson: { model: object; added_tokens: { id: number; content: string; normalized: boolean }[] };
}

const file: { texts: string[]; clip: Goldens; own: Goldens & { "bpe.py": Record<number, Ids> } } = JSON.parse(
  readFileSync(new URL("../goldens/tokens.json", import.meta.url), "utf8"),
);

const tower = readFileSync(new URL("../../weights/bpclip-s-text.safetensors", import.meta.url));
const ownText = readSafetensors(tower).metadata.merges;
const ownMerges = readMerges(ownText);
const own = vocabularyOfMerges(ownMerges);
/** One text in three. */
const ownTexts = file.texts.filter((_, i) => i % 3 === 0);

// The vocabulary is not part of the repository.
const clipFile =
  process.env.BPCLIP_CLIP_VOCABULARY ??
  new URL("../../../shared/clip/bpe_simple_vocab_16e6.txt.gz", import.meta.url);
const missing = existsSync(clipFile)
  ? ""
  : " (skipped: bpe_simple_vocab_16e6.txt.gz is neither at BPCLIP_CLIP_VOCABULARY nor in shared/clip beside the repository)";
const clipBytes = missing ? new Uint8Array() : readFileSync(clipFile);
const clipText = missing ? "" : gunzipSync(clipBytes).toString("utf8");
const clipMerges = missing ? [] : readMerges(clipText);

function rowOf(tokenizer: Tokenizer, ids: Ids): number[] {
  const row = [tokenizer.start, ...ids.split(" ").filter(Boolean).map(Number), tokenizer.end];
  return [...row, ...Array(77 - row.length).fill(0)];
}

/** Fails with the first text whose row of 77 tokens is not the expected one. */
function expectRows(tokenizer: Tokenizer, texts: string[], expected: (i: number) => Ids): void {
  for (const [i, text] of texts.entries()) {
    expect([...tokenizer.tokenise(text)], JSON.stringify(text)).toEqual(rowOf(tokenizer, expected(i)));
  }
}

/** vocab.json of these merges. */
function vocabOf(merges: readonly Merge[]): Record<string, number> {
  const symbols = [...byteSymbols, ...merges.map(([left, right]) => left + right)];
  return Object.fromEntries([...symbols, "<|startoftext|>", "<|endoftext|>"].map((symbol, i) => [symbol, i]));
}

/** tokenizer.json of these merges, as transformers writes it, with changes. */
function tokenizerJson(
  { tokenizerJson }: Goldens,
  merges: readonly Merge[],
  model: Record<string, unknown> = {},
  changes: Record<string, unknown> = {},
): string {
  const whole = { ...tokenizerJson.model, vocab: vocabOf(merges), merges, ...model };
  return JSON.stringify({ ...tokenizerJson, ...changes, model: whole });
}

/** Added tokens as older files have them: looked for in the cleaned text. */
function normalized({ tokenizerJson }: Goldens) {
  return { added_tokens: tokenizerJson.added_tokens.map((token) => ({ ...token, normalized: true })) };
}

function goldenTests(goldens: Goldens, texts: string[], merges: readonly Merge[]): void {
  const vocabulary = vocabularyOfMerges(merges);
  const huggingFace = (i: number) => goldens.huggingFace[i] ?? goldens.openai[i];

  test(`OpenAI's ids of ${texts.length} texts`, () => {
    expectRows(new Tokenizer(vocabulary), texts, (i) => goldens.openai[i]);
  });

  test("open_clip's, which other special tokens tell apart", () => {
    const tokenizer = new Tokenizer(vocabulary, { convention: "openClip" });
    expectRows(tokenizer, texts, (i) => goldens.openClip[i] ?? goldens.openai[i]);
  });

  test("Hugging Face's, from OpenAI's vocabulary", () => {
    expectRows(new Tokenizer(vocabulary, { convention: "huggingFace" }), texts, huggingFace);
  });

  test("Hugging Face's, from vocab.json and merges.txt", async () => {
    const text = ["#version: 0.2", ...merges.map((merge) => merge.join(" ")), ""].join("\n");
    const tokenizer = new Tokenizer(await readVocabulary(JSON.stringify(vocabOf(merges)), text));
    expectRows(tokenizer, texts, huggingFace);
  });

  test("Hugging Face's, from tokenizer.json with merges as lists or texts", async () => {
    const texts2 = merges.map((merge) => merge.join(" "));
    for (const json of [tokenizerJson(goldens, merges), tokenizerJson(goldens, merges, { merges: texts2 })]) {
      expectRows(new Tokenizer(await readVocabulary(json)), texts, huggingFace);
    }
  });

  test("Hugging Face's, where special tokens are looked for in the cleaned text", async () => {
    const json = tokenizerJson(goldens, merges, {}, normalized(goldens));
    const tokenizer = new Tokenizer(await readVocabulary(json));
    expectRows(tokenizer, texts, (i) => goldens.normalized[i] ?? huggingFace(i));
  });

  test("OpenAI's, from Hugging Face's vocabulary", async () => {
    const read = await readVocabulary(tokenizerJson(goldens, merges));
    expectRows(new Tokenizer(read, { convention: "openai" }), texts, (i) => goldens.openai[i]);
  });

  test("what ftfy would repair is left as it is: text that was decoded in a wrong encoding", () => {
    const tokenizer = new Tokenizer(vocabulary);
    expect(Object.keys(goldens.mojibake).length).toBeGreaterThan(5);
    for (const [text, repaired] of Object.entries(goldens.mojibake)) {
      expect([...tokenizer.tokenise(text)], text).not.toEqual(rowOf(tokenizer, repaired));
    }
    expect([...tokenizer.tokenise("café")]).toEqual(rowOf(tokenizer, goldens.mojibake["cafÃ©"]));
  });
}

describe("with the shipped tower's vocabulary", () => {
  goldenTests(file.own, ownTexts, ownMerges);

  test("its layout", () => {
    const tokenizer = new Tokenizer(own);
    expect([tokenizer.size, tokenizer.start, tokenizer.end]).toEqual([1053, 1051, 1052]);
    expect(byteSymbols.slice(0, 2)).toEqual(["!", '"']);
    expect(byteSymbols.slice(256, 258)).toEqual(["!</w>", '"</w>']);
    expect(new Set(byteSymbols).size).toBe(512);
  });

  test("the ids that it was trained with, but for what ftfy changes and for numbers that are no digits", () => {
    const tokenizer = new Tokenizer(own);
    const differing = file.own["bpe.py"];
    let compared = 0;
    for (const [i, text] of ownTexts.entries()) {
      // Plain text must never differ.
      const plain = /^[\n -%'-~]*$/.test(text);
      if (Object.hasOwn(differing, i) && !plain) continue;
      expect([...tokenizer.tokenise(text)], JSON.stringify(text)).toEqual(
        rowOf(tokenizer, file.own.openai[i]),
      );
      expect(differing[i], JSON.stringify(text)).toBeUndefined();
      compared++;
    }
    expect(compared).toBeGreaterThan(450);
  });
});

describe.skipIf(missing)(`with CLIP's vocabulary${missing}`, () => {
  goldenTests(file.clip, file.texts, clipMerges);

  test("the file as it is, unpacked, and as a text", async () => {
    for (const source of [
      clipBytes,
      new Uint8Array(clipBytes).buffer,
      new TextEncoder().encode(clipText),
      clipText,
    ]) {
      const tokenizer = new Tokenizer(await readVocabulary(source));
      expect([tokenizer.size, tokenizer.start, tokenizer.end]).toEqual([49408, 49406, 49407]);
      expect(tokenizer.encode("a photo of a cat")).toEqual([320, 1125, 539, 320, 2368]);
    }
  });

  test.each([
    ["clear", [3143]],
    ["blurry", [21977]],
    ["sharp", [8157]],
    ["soft", [3773]],
    ["stable", [10492]],
    ["noisy", [33495]],
    ["grainy", [782, 23257]],
    ["a photo of a cat", [320, 1125, 539, 320, 2368]],
    ["hello world!", [3306, 1002, 256]],
  ])("%s", (text, ids) => {
    expect(new Tokenizer(vocabularyOfMerges(clipMerges)).encode(text)).toEqual(ids);
  });

  test("broken off, packed or not", async () => {
    await expectCode("WEIGHTS_TRUNCATED", () => readVocabulary(clipText.slice(0, 300_000)));
    await expectCode("WEIGHTS_VOCABULARY", () => readVocabulary(clipBytes.subarray(0, 500_000)));
  });
});

describe("rows", () => {
  const tokenizer = new Tokenizer(own);

  test("start, ids, end, zeros", () => {
    const ids = tokenizer.encode("blurry");
    expect([...tokenizer.tokenise("blurry", 8)]).toEqual([
      tokenizer.start,
      ...ids,
      tokenizer.end,
      ...Array(6 - ids.length).fill(0),
    ]);
    expect(tokenizer.tokenise("").length).toBe(77);
    expect([...tokenizer.tokenise("", 3)]).toEqual([tokenizer.start, tokenizer.end, 0]);
  });

  test("of a long text the first ids, and the end", () => {
    const ids = tokenizer.encode("noise ".repeat(100));
    for (const context of [2, 3, 16, 77]) {
      const row = [tokenizer.start, ...ids.slice(0, context - 2), tokenizer.end];
      expect([...tokenizer.tokenise("noise ".repeat(100), context)]).toEqual(row);
    }
    const exact = "1".repeat(75);
    expect([...tokenizer.tokenise(exact)]).toEqual([
      tokenizer.start,
      ...tokenizer.encode(exact),
      tokenizer.end,
    ]);
  });

  test.each([1, 0, -3, 2.5, Number.NaN])("no context of %s", async (context) => {
    await expectCode("INPUT_RANGE", () => tokenizer.tokenise("a", context));
  });
});

describe("cleaning", () => {
  const openai = new Tokenizer(own);
  const same = (a: string, b: string) => expect(openai.encode(a), a).toEqual(openai.encode(b));

  test("whitespace, case, quotes, widths and references do not matter", () => {
    same("  Washed \n\t OUT\u3000", "washed out");
    same("&amp;lt;b&amp;gt;", "<b>");
    same("“Ｌｏｕｄ” ﬁne it’s", '"loud" fine it\'s');
    same("caf&eacute; CAF&EACUTE; cafe\u0301 &#233; &#xE9 &eacute", "café café café é é é");
    same("&notit; &apos; &#145;x&#x80;", "¬it; ' ‘x€");
    same("a\x1b[31mb\x07c\ufeff", "abc");
    same("\u0085", "…");
  });

  test("names of HTML 5 stay, and those in small letters with a capital, and references behind a <", () => {
    expect(openai.encode("&checkmark;")).not.toEqual(openai.encode("✓"));
    expect(openai.encode("&nTILDE;")).not.toEqual(openai.encode("ñ"));
    expect(openai.encode("< &EACUTE;")).not.toEqual(openai.encode("< é"));
  });

  test("Hugging Face's leaves references and quotes, and knows no final sigma", () => {
    const huggingFace = new Tokenizer(own, { convention: "huggingFace" });
    expect(huggingFace.encode("&amp;")).toEqual(huggingFace.encode("& AMP ;"));
    expect(huggingFace.encode("&amp;")).not.toEqual(openai.encode("&amp;"));
    expect(huggingFace.encode("ΣΑΣ")).toEqual(huggingFace.encode("σασ"));
    expect(openai.encode("ΣΑΣ")).toEqual(openai.encode("σας"));
  });
});

describe("round trips", () => {
  const tokenizer = new Tokenizer(own);

  test("words and punctuation come back, a space between the pieces", () => {
    expect(tokenizer.decode(tokenizer.encode("It's  Noisy, naïve: 日本 👍🏽 f2_8!?"))).toBe(
      "it 's noisy , naïve : 日本 👍🏽 f 2 _ 8 !?",
    );
    expect(tokenizer.decode(tokenizer.encode("</w> \ufeffx"))).toBe("</ w > x");
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([tokenizer.start, ...tokenizer.encode("a"), tokenizer.end])).toBe(
      "<|startoftext|>a <|endoftext|>",
    );
  });

  test("what is decoded, and has no special tokens, is encoded and decoded to the same", () => {
    const huggingFace = new Tokenizer(own, { convention: "huggingFace" });
    for (const text of file.texts.filter((text) => !text.includes("<|"))) {
      const decoded = huggingFace.decode(huggingFace.encode(text));
      expect(huggingFace.decode(huggingFace.encode(decoded)), JSON.stringify(text)).toBe(decoded);
    }
  });

  test("half a character is U+FFFD", () => {
    expect(tokenizer.decode(tokenizer.encode("日").slice(0, -1))).toBe("\ufffd");
  });

  test.each([-1, 1053, 0.5, Number.NaN])("no id %s", async (id) => {
    await expectCode("INPUT_RANGE", () => tokenizer.decode([0, id]));
  });
});

test("any string has ids of the vocabulary, halves of surrogate pairs and all", async () => {
  const alphabets = [
    () => "&#;xX<|>'[m\x1b\n\r \t\0aZ09éſΣİ\u0345\ufeff\ud83d\ude00".split(""),
    () => [
      "&amp;",
      "&#x",
      "<|endoftext|>",
      "<start_of_text>",
      "\ud800",
      "\udfff",
      "𠮷",
      "\u0301",
      "</w>",
      "ﬃ",
    ],
  ];
  const character = (draw: Random) =>
    draw() < 0.5 ? String.fromCharCode(integer(draw, 0, 0xffff)) : pick(draw, pick(draw, alphabets)());
  const older = tokenizerJson(file.own, ownMerges, {}, normalized(file.own));
  const tokenizers = [
    ...(["openai", "openClip", "huggingFace"] as const).map(
      (convention) => new Tokenizer(own, { convention }),
    ),
    new Tokenizer(await readVocabulary(older)),
  ];
  const draw = random(20);
  for (let i = 0; i < 4000; i++) {
    const text = Array.from({ length: integer(draw, 0, 40) }, () => character(draw)).join("");
    for (const tokenizer of tokenizers) {
      const ids = tokenizer.encode(text);
      const sound = ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.size);
      expect(sound, JSON.stringify(text)).toBe(true);
      expect(tokenizer.encode(text.replace(/\p{Surrogate}/gu, "\ufffd"))).toEqual(ids);
    }
  }
});

test("a very long word takes no very long time", () => {
  const draw = random(3);
  const word = Array.from({ length: 20_000 }, () => pick(draw, [..."etaoinshrdlu"])).join("");
  const tokenizer = new Tokenizer(own);
  expect(tokenizer.decode(tokenizer.encode(word))).toBe(word);
});

describe("files that are none", () => {
  const heading = "#version: 0.2\n";

  test.each([
    ["nothing", ""],
    ["a web page", "<!doctype html><title>404</title>"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"],
    ["merges without their heading", "i n\nt h\n"],
    ["a merge of three", `${heading}i n g\n`],
    ["a merge of one", `${heading}i n\nth\n`],
    ["an empty line", `${heading}i n\n\nt h\n`],
    ["merges of what is no symbol", `${heading}i n\nxx y\n`],
    ["JSON that breaks off", '{"a": 1'],
    ["vocab.json alone", JSON.stringify(vocabOf([]))],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x41, 0])],
    ["gzip of nothing", new Uint8Array([0x1f, 0x8b])],
    ["damaged gzip", gzipSync(ownText).fill(0x55, 20, 400)],
    ["gzip that breaks off", gzipSync(ownText).subarray(0, 500)],
  ])("%s", async (_, source) => {
    await expectCode("WEIGHTS_VOCABULARY", () => readVocabulary(source));
  });

  test("OpenAI's file with too few merges", async () => {
    const openai = ownText.replace("#version", '"bpe_simple_vocab_16e6.txt#version');
    await expectCode("WEIGHTS_TRUNCATED", () => readVocabulary(gzipSync(openai)));
  });

  test("merges that are there twice, or make one symbol", async () => {
    await expectCode("WEIGHTS_DUPLICATE", () => readVocabulary(`${heading}i n\ni n\n`));
    await expectCode("WEIGHTS_DUPLICATE", () => readVocabulary(`${heading}b c\na b\nab c\na bc\n`));
  });

  test("a text without end, and gzip that unpacks to one", async () => {
    const zeros = gzipSync(new Uint8Array(65 * 2 ** 20));
    await expectCode("WEIGHTS_TOO_LARGE", () => readVocabulary(zeros));
  });

  test("vocab.json and merges.txt that are not of one model", async () => {
    const vocab = vocabOf(ownMerges);
    const refused = (code: string, changes: Record<string, unknown>, merges = ownText) =>
      expectCode(code, () => readVocabulary(JSON.stringify({ ...vocab, ...changes }), merges));
    await refused("WEIGHTS_TRUNCATED", {}, ownText.split("\n").slice(0, 300).join("\n"));
    await refused("WEIGHTS_VOCABULARY", {}, `${ownText}zz zz\n`);
    await refused("WEIGHTS_VOCABULARY", { "!": "0" });
    await refused("WEIGHTS_VOCABULARY", { "!": -1 });
    await refused("WEIGHTS_VOCABULARY", { "!": 0.5 });
    await refused("WEIGHTS_VOCABULARY", { "!": 1053 });
    await refused("WEIGHTS_DUPLICATE", { "!": 1 });
    await expectCode("WEIGHTS_VOCABULARY", () => readVocabulary(ownText, ownText));
    for (const symbol of ["!", "<|endoftext|>", "ed</w>"]) {
      const { [symbol]: _, ...rest } = vocab;
      await expectCode("WEIGHTS_VOCABULARY", () => readVocabulary(JSON.stringify(rest), ownText));
    }
    const added = { ...vocab, __proto: 1053, "<|pad|>": 1054 };
    const error = await expectCode("WEIGHTS_TRUNCATED", () => readVocabulary(JSON.stringify(added), ownText));
    expect(error.message).toMatch("__proto");
  });

  test.each([
    ["of another kind", { type: "WordPiece" }, {}],
    ["of GPT-2", { end_of_word_suffix: "" }, {}],
    ["with a prefix", { continuing_subword_prefix: "##" }, {}],
    ["with dropout", { dropout: 0.1 }, {}],
    ["of whole words first", { ignore_merges: true }, {}],
    ["without a vocabulary", { vocab: null }, {}],
    ["with a list as its vocabulary", { vocab: ["a"] }, {}],
    ["without merges", { merges: undefined }, {}],
    ["with merges of numbers", { merges: [[1, 2]] }, {}],
    ["with another normalizer", {}, { normalizer: { type: "NFKC" } }],
    ["with another pre_tokenizer", {}, { pre_tokenizer: { type: "Whitespace" } }],
    ["without a pre_tokenizer", {}, { pre_tokenizer: null }],
    [
      "with an added token that takes whitespace",
      {},
      { added_tokens: [{ id: 1053, content: "<x>", lstrip: true }] },
    ],
    ["with an added token without id", {}, { added_tokens: [{ content: "<x>" }] }],
    ["with an added token that is null", {}, { added_tokens: [null] }],
    ["with an added token of an id far away", {}, { added_tokens: [{ id: 9999, content: "<x>" }] }],
  ])("tokenizer.json %s", async (_, model, changes) => {
    await expectCode("WEIGHTS_VOCABULARY", () =>
      readVocabulary(tokenizerJson(file.own, ownMerges, model, changes)),
    );
  });

  test("tokenizer.json with tokens of two ids, or one id for two", async () => {
    const refused = (added: object) =>
      expectCode("WEIGHTS_DUPLICATE", () =>
        readVocabulary(tokenizerJson(file.own, ownMerges, {}, { added_tokens: [added] })),
      );
    await refused({ id: 1052, content: "ed</w>" });
    await refused({ id: 1052, content: "<|pad|>" });
  });
});

test("a tokenizer.json's own special tokens: of two the longer, before or after cleaning", async () => {
  const added = file.own.tokenizerJson.added_tokens;
  const token = (id: number, content: string, normalized: boolean) => ({
    ...added[0],
    id,
    content,
    normalized,
  });
  const tokens = [
    ...added,
    token(1053, "<x>", false),
    token(1054, "<x>|.*", false),
    token(1055, "<DÍA>", true),
  ];
  const json = tokenizerJson(file.own, ownMerges, {}, { added_tokens: tokens });
  const tokenizer = new Tokenizer(await readVocabulary(json));
  expect(tokenizer.size).toBe(1056);
  expect(tokenizer.encode("<x><x>|.*<di\u0301a>")).toEqual([1053, 1054, 1055]);
  expect(tokenizer.encode("<X>")).toEqual(new Tokenizer(own).encode("<x>"));
  expect(tokenizer.decode([1053, 1055])).toBe("<x><DÍA>");
});
