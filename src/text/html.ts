/**
 * HTML's character references in plain text, as Python's `html.unescape` and ftfy read them. Of the 2,125 names of HTML 5
 * only the 252 of HTML 4 and `apos` are known, and the six in capitals that need no semicolon.
 */

/** U+00A0 … U+00FF. Browsers have always understood these without a semicolon, too. */
const latin1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro " +
  "para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil " +
  "Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave " +
  "Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml " +
  "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute " +
  "thorn yuml";

/** Also understood without a semicolon; each name is followed by its character. */
const basic = `amp&lt<gt>quot"AMP&LT<GT>QUOT"COPY©REG®`;

/** Understood with a semicolon only. */
const others =
  "apos'OEligŒoeligœScaronŠscaronšYumlŸfnofƒcircˆtilde˜AlphaΑBetaΒGammaΓDeltaΔEpsilonΕZetaΖEtaΗThetaΘIotaΙKappaΚ" +
  "LambdaΛMuΜNuΝXiΞOmicronΟPiΠRhoΡSigmaΣTauΤUpsilonΥPhiΦChiΧPsiΨOmegaΩalphaαbetaβgammaγdeltaδepsilonεzetaζetaη" +
  "thetaθiotaιkappaκlambdaλmuμnuνxiξomicronοpiπrhoρsigmafςsigmaσtauτupsilonυphiφchiχpsiψomegaωthetasymϑupsihϒpivϖ" +
  "ensp\u2002emsp\u2003thinsp\u2009zwnj\u200czwj\u200dlrm\u200erlm\u200fndash–mdash—lsquo‘rsquo’sbquo‚ldquo“rdquo”" +
  "bdquo„dagger†Dagger‡bull•hellip…permil‰prime′Prime″lsaquo‹rsaquo›oline‾frasl⁄euro€imageℑweierp℘realℜtrade™" +
  "alefsymℵlarr←uarr↑rarr→darr↓harr↔crarr↵lArr⇐uArr⇑rArr⇒dArr⇓hArr⇔forall∀part∂exist∃empty∅nabla∇isin∈notin∉ni∋" +
  "prod∏sum∑minus−lowast∗radic√prop∝infin∞ang∠and∧or∨cap∩cup∪int∫there4∴sim∼cong≅asymp≈ne≠equiv≡le≤ge≥sub⊂sup⊃" +
  "nsub⊄sube⊆supe⊇oplus⊕otimes⊗perp⊥sdot⋅lceil⌈rceil⌉lfloor⌊rfloor⌋loz◊spades♠clubs♣hearts♥diams♦lang⟨rang⟩";

/** Windows-1252 from 0x80 to 0x9F; the five bytes that it leaves out stay control characters. */
export const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** By name as it may be written: with its semicolon, and without where that is allowed. */
const characters = new Map<string, string>();
for (const [i, name] of latin1.split(" ").entries()) add(name, String.fromCharCode(0xa0 + i), true);
for (const [, name, character] of basic.matchAll(/(\w+)(\W)/g)) add(name, character, true);
for (const [, name, character] of others.matchAll(/(\w+)(\W)/g)) add(name, character, false);

function add(name: string, character: string, bare: boolean): void {
  characters.set(`${name};`, character);
  if (bare) characters.set(name, character);
}

/**
 * All references as Python's `html.unescape` reads them, once: a name without its semicolon counts where HTML allows
 * it, even at the beginning of a longer word (`&notit;` is `¬it;`). Numbers are code points or Windows-1252; those that
 * no text can have become U+FFFD, or nothing where HTML forbids the character.
 */
export function unescapeHtml(text: string): string {
  return text.replace(
    /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu,
    (reference, name: string) => {
      if (name.startsWith("#")) return numbered(name);
      for (let end = name.length; end > 1; end--) {
        const character = characters.get(name.slice(0, end));
        if (character !== undefined) return character + name.slice(end);
      }
      return reference;
    },
  );
}

/**
 * Only the references that are beyond doubt, as ftfy's `unescape_html` reads them, once: those with their semicolon,
 * and names that somebody has put in capitals (`&EACUTE;` is `É`).
 */
export function unescapeClearHtml(text: string): string {
  return text.replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) => {
    const unescaped = unescapeHtml(reference);
    if (reference.startsWith("&#")) return unescaped.includes(";") ? reference : unescaped;
    const name = reference.slice(1);
    const lower = name.toLowerCase();
    const capital =
      unescaped === reference && name === lower.toUpperCase() && characters.get(lower)?.toUpperCase();
    return characters.get(name) ?? (capital || reference);
  });
}

/** The character of `#233;` or `#xE9;`. */
function numbered(reference: string): string {
  const digits = reference.replace(";", "").slice(1);
  const code = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10);
  if (code >= 0x80 && code <= 0x9f) return windows1252[code - 0x80];
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\ufffd";
  const control = code < 0x20 && ![0x9, 0xa, 0xc, 0xd].includes(code);
  const nonCharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
  return control || code === 0x7f || nonCharacter ? "" : String.fromCodePoint(code);
}
