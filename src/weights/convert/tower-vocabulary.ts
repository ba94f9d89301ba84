/** The vocabulary of a converted text tower, as its file carries it. */
import { WeightsError } from "../../errors.js";
import {
  readMerges,
  readVocabulary,
  type Vocabulary,
  vocabularyOfMerges,
} from "../../text/vocabulary-files.js";
import type { Kind } from "./detect.js";
import type { ModelFiles, Source } from "./model-files.js";

/** Metadata of a text tower's file that tell its tokenizer. */
export interface TokenizerTexts {
  merges?: string;
  convention?: string;
}

/**
 * The merges, from what is given, else from the source or the files beside it, and whose conventions they are used by.
 * Without a vocabulary there are no merges.
 * @param given A vocabulary's file: OpenAI's, merges.txt or tokenizer.json.
 * @param size Tokens of the tower.
 * @throws WeightsError WEIGHTS_VOCABULARY (its ids are not in CLIP's order, or not as many as the tower's tokens), and all
 * of `readVocabulary`.
 */
export async function tokenizerTexts(
  files: ModelFiles,
  { texts }: Source,
  kind: Kind,
  size: number,
  given?: Uint8Array,
): Promise<TokenizerTexts> {
  const vocabulary = given ? await readVocabulary(given) : await findVocabulary(files, texts.get("merges"));
  const convention = kind === "tower" ? texts.get("convention") : conventionOf(kind);
  return {
    ...(vocabulary && { merges: mergesText(vocabulary, size) }),
    ...(convention !== undefined && { convention }),
  };
}

function conventionOf(kind: Kind): string | undefined {
  return kind === "huggingFace" || kind === "openClip" ? kind : undefined;
}

async function findVocabulary(
  files: ModelFiles,
  merges: string | undefined,
): Promise<Vocabulary | undefined> {
  if (merges !== undefined) return vocabularyOfMerges(readMerges(merges));
  const has = (name: string) => files.names.includes(name);
  if (has("tokenizer.json")) return readVocabulary(await files.read("tokenizer.json"));
  if (has("vocab.json") && has("merges.txt")) {
    return readVocabulary(await files.read("vocab.json"), await files.read("merges.txt"));
  }
  return undefined;
}

function mergesText({ ids, merges }: Vocabulary, size: number): string {
  const refuse = (what: string) =>
    new WeightsError(
      "WEIGHTS_VOCABULARY",
      `The vocabulary is not the text tower's: ${what}.`,
      "Use the vocabulary that the tower was trained with: for OpenAI's and open_clip's models bpe_simple_vocab_16e6.txt.gz.",
    );
  const usual = vocabularyOfMerges(merges).ids;
  if (ids.size !== size) throw refuse(`it has ${ids.size} tokens, and the tower ${size}`);
  if (ids.size !== usual.size)
    throw refuse(`it has ${ids.size - usual.size} tokens beside those of its merges`);
  for (const [symbol, id] of usual) {
    const found = ids.get(symbol);
    if (found !== id)
      throw refuse(`${JSON.stringify(symbol)} has the id ${found}, and in CLIP's order ${id}`);
  }
  return ["#version: 0.2", ...merges.map((pair) => pair.join(" "))].join("\n");
}
