/** Texts of a user's own, beside a checkpoint's adjectives: what may be asked, and a tower that belongs to the checkpoint. */
import { InputError, WeightsError } from "../errors.js";
import { quote } from "../json.js";
import { cleanAsClip } from "../text/clean.js";
import type { TextEmbedder } from "../text/embedder.js";
import { TextReader } from "../text/reading.js";
import type { Network } from "./network.js";

/** More would crowd the kept features out; each text that is new takes a pass of the tower. */
const maxTexts = 256;

/** Several times what the 77 tokens of CLIP's tower hold. */
const maxCharacters = 1000;

/**
 * How far the features of one tower may lie apart: both files may be f16, the tower's weights rounded in one and the
 * features in the other.
 */
const featureTolerance = 5e-3;

/** @throws InputError (INPUT_TEXTS) unless these are 1 to 256 texts, none blank and none longer than 1000 characters. */
export function requireTexts(texts: unknown): asserts texts is readonly string[] {
  if (!Array.isArray(texts)) {
    throw refuse(`Texts are a list, and ${quote(texts)} is none.`, 'Give a list, such as ["washed out"].');
  }
  if (texts.length === 0) throw refuse("There is no text to describe the picture by.", "Give one or more.");
  if (texts.length > maxTexts) {
    throw refuse(
      `At most ${maxTexts} texts are read at once, and there are ${texts.length}.`,
      "Split them over several calls; the network runs once in each.",
    );
  }
  for (const [i, text] of texts.entries()) {
    if (typeof text !== "string") {
      throw refuse(`Text ${i + 1} is ${quote(text)}, which is no string.`, "Give words or short phrases.");
    }
    if (text.length > maxCharacters) {
      throw refuse(
        `Text ${i + 1} has ${text.length} characters; no text tower reads as many.`,
        `Give words or short phrases, of ${maxCharacters} characters at most.`,
      );
    }
    if (cleanAsClip(text) === "") {
      throw refuse(`Text ${i + 1}, ${quote(text)}, is blank.`, "Leave it out, or give a word.");
    }
  }
}

/**
 * A reader of texts beside a network's adjectives.
 * @throws WeightsError (WEIGHTS_TEXT_MISMATCH) when the tower is not the one that the network was trained with; and as
 * `TextEmbedder.embed`.
 */
export async function openReader(network: Network, embedder: TextEmbedder): Promise<TextReader> {
  const { config } = network;
  const { name, words, jointWidth } = config;
  if (embedder.jointWidth !== jointWidth) {
    throw mismatch(`its features have ${embedder.jointWidth} numbers, and those of "${name}" ${jointWidth}`);
  }
  const [wordFeatures, found] = await Promise.all([network.wordFeatures(), embedder.embed(words)]);
  for (const [k, word] of words.entries()) {
    const own = wordFeatures.subarray(k * jointWidth, (k + 1) * jointWidth);
    const apart = found[k].reduce((most, value, e) => Math.max(most, Math.abs(value - own[e])), 0);
    if (apart <= featureTolerance) continue;
    throw mismatch(`its feature of ${quote(word)} is ${apart.toPrecision(2)} apart from that of "${name}"`);
  }
  return new TextReader(config, wordFeatures);
}

function refuse(message: string, mend: string): InputError {
  return new InputError("INPUT_TEXTS", message, mend);
}

function mismatch(reason: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_TEXT_MISMATCH",
    `The text tower is not the checkpoint's: ${reason}.`,
    "Give the text tower that the checkpoint was trained with.",
  );
}
