/** What is done to a text before it is split into pieces: as CLIP's authors do it, and as Hugging Face does it. */
import { unescapeClearHtml, unescapeHtml, windows1252 } from "./html.js";

/**
 * OpenAI's and open_clip's cleaning: ftfy's `fix_text`, HTML's references twice, whitespace, lower case.
 * Two things are left out: ftfy's repair of text that was decoded in a wrong encoding (Ã© for é), which guesses; and the
 * names that HTML 5 has added to those of HTML 4 (`&check;`), which stay as they are.
 * @returns Words with one space between them, and none around.
 */
export function cleanAsClip(text: string): string {
  return collapse(unescapeHtml(unescapeHtml(fixText(text))))
    .replace(/^ | $/g, "")
    .toLowerCase();
}

/**
 * The cleaning of Hugging Face's CLIP tokenizer: NFC, whitespace, lower case.
 * @returns Words with one space between them; there may be one around them, too.
 */
export function cleanAsHuggingFace(text: string): string {
  // Hugging Face looks at each character alone, and so knows no sigma at the end of a word.
  return collapse(wellFormed(text).normalize("NFC")).replaceAll("Σ", "σ").toLowerCase();
}

/** Line by line, ftfy's `fix_text` but for `fix_encoding`; entities stay in what follows a `<`, which may be HTML. */
function fixText(text: string): string {
  let plain = true;
  const lines = text.split(/(?<=\n)/).map((line) => {
    plain &&= !line.includes("<");
    return fixLine(line, plain);
  });
  return lines.join("");
}

/** What one fix brings to light, the next round mends. */
function fixLine(line: string, plain: boolean): string {
  for (;;) {
    const fixed = wellFormed(
      (plain ? unescapeClearHtml(line) : line)
        .replace(/[\x80-\x9f]/g, (control) => windows1252[control.charCodeAt(0) - 0x80])
        .replaceAll("ﬅ", "ſt")
        .replace(ligaturesAndWidths, (character) => character.normalize("NFKC"))
        .replace(/[\u02bc‘-‛]/g, "'")
        .replace(/[“-‟]/g, '"')
        .replace(/\r\n|[\r\u2028\u2029]/g, "\n"),
    )
      .replace(terminalEscapes, "")
      .replace(controls, "")
      .normalize("NFC");
    if (fixed === line) return line;
    line = fixed;
  }
}

/** Latin ligatures (but ﬅ, which NFKC takes further than ftfy), the wide space, full-width and half-width forms. */
const ligaturesAndWidths = /[ĲĳŉǄ-ǌǱ-ǳﬀ-ﬆ\u3000\uff01-\uffef]/g;

/** Colours and the like, of a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what they begin with
const terminalEscapes = /\u001b\[[\p{Nd};]*[a-zA-Z]/gu;

/** Those that are no whitespace, Arabic ones out of use, annotations, and the byte order mark. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const controls = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

/** Halves of surrogate pairs as U+FFFD. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Whitespace as one space. Not `\s`, which in JavaScript is also the byte order mark. */
function collapse(text: string): string {
  return text.replace(/\p{White_Space}+/gu, " ");
}
