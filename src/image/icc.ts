/** The name of an ICC profile, to tell sRGB from everything else. */

/** Bytes of a profile before its tag table. */
const headerLength = 128;

/** Languages that are looked through for English. */
const maxLanguages = 100;

/**
 * The profile's description: the text of its `desc` tag, in English where there are several.
 * @returns undefined when the profile has no readable one.
 */
export function profileDescription(profile: Uint8Array): string | undefined {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  try {
    const tags = view.getUint32(headerLength);
    for (let i = 0; i < tags; i++) {
      const at = headerLength + 4 + i * 12;
      if (ascii(view, at, 4) !== "desc") continue;
      return (
        description(view, view.getUint32(at + 4))
          .replaceAll("\0", "")
          .trim() || undefined
      );
    }
  } catch (error) {
    // A RangeError is an offset beyond the profile's end: it is damaged, and has no name.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** Reads a tag of type textDescription (ICC 2) or multiLocalizedUnicode (ICC 4). */
function description(view: DataView, at: number): string {
  const type = ascii(view, at, 4);
  if (type === "desc") return ascii(view, at + 12, view.getUint32(at + 8));
  if (type !== "mluc") return "";
  const records = Array.from(
    { length: Math.min(view.getUint32(at + 8), maxLanguages) },
    (_, i) => at + 16 + i * view.getUint32(at + 12),
  );
  const record = records.find((place) => ascii(view, place, 2) === "en") ?? at + 16;
  const [length, offset] = [view.getUint32(record + 4), view.getUint32(record + 8)];
  let text = "";
  for (let i = 0; i + 1 < length; i += 2) text += String.fromCharCode(view.getUint16(at + offset + i));
  return text;
}

function ascii(view: DataView, at: number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(view.getUint8(at + i));
  return text;
}

/**
 * What to tell the user about an embedded profile: nothing for sRGB, else that its colours are read as sRGB.
 * @param name The name to give a profile that has none of its own.
 */
export function profileWarning(profile: Uint8Array, name = "unnamed"): string | undefined {
  const description = profileDescription(profile) ?? name;
  return isSrgb(description) ? undefined : readAsSrgb(`colour profile "${description}"`);
}

/** Says that colours of another space are not converted. */
export function readAsSrgb(space: string): string {
  return `The picture has ${space}, which is not converted: its values are read as sRGB.`;
}

/** Profiles go by many names for sRGB, among them "c2" of the compact profiles; scRGB and linear ones are others. */
function isSrgb(name: string): boolean {
  return (/\bsRGB/i.test(name) && !/linear/i.test(name)) || /^c2(ci)?$/.test(name);
}
