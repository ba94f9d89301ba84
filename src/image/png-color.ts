/** The colour space that a PNG file declares. */
import { profileWarning, readAsSrgb } from "./icc.js";
import { inflate } from "./inflate.js";

/** Larger profiles exist only to exhaust memory. */
const maxProfileBytes = 1 << 24;

/** Names of the commonest codes of ITU-T H.273, which cICP uses. */
const primaries: Record<number, string> = { 9: "BT.2020", 11: "DCI-P3", 12: "Display P3" };
const transfers: Record<number, string> = { 8: "linear", 16: "PQ", 18: "HLG" };

/** BT.709's primaries with BT.709's or sRGB's transfer. */
const srgbPrimaries = 1;
const srgbTransfers = [1, 13];

/** cHRM of sRGB: x and y of white, red, green and blue, in 1/100000. */
const srgbChromaticities = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
const chromaticityTolerance = 1000;

/** gAMA of sRGB, in 1/100000; writers round 1/2.2 differently. */
const srgbGamma = 45455;
const gammaTolerance = 1000;

/**
 * What to tell the user when the colours are not sRGB. The chunk of the highest precedence decides:
 * cICP, iCCP, sRGB, then gAMA and cHRM.
 */
export async function colorWarning(chunks: ReadonlyMap<string, Uint8Array>): Promise<string | undefined> {
  const cicp = chunks.get("cICP");
  if (cicp) {
    const [primary, transfer] = cicp;
    if (primary === srgbPrimaries && srgbTransfers.includes(transfer)) return undefined;
    return readAsSrgb(
      `colours coded as ${primaries[primary] ?? `primaries ${primary}`}, ${transfers[transfer] ?? `transfer ${transfer}`}`,
    );
  }
  const iccp = chunks.get("iCCP");
  if (iccp) return iccpWarning(iccp);
  if (chunks.has("sRGB")) return undefined;

  const gamma = words(chunks.get("gAMA"))[0];
  if (gamma !== undefined && Math.abs(gamma - srgbGamma) > gammaTolerance) {
    return readAsSrgb(`gamma ${(gamma / 100000).toFixed(3)}`);
  }
  const differs = words(chunks.get("cHRM")).some(
    (value, i) => Math.abs(value - srgbChromaticities[i]) > chromaticityTolerance,
  );
  return differs ? readAsSrgb("primary colours other than sRGB's") : undefined;
}

/** iCCP: the profile's name, 0, compression method 0, the profile as a zlib stream. */
async function iccpWarning(data: Uint8Array): Promise<string | undefined> {
  const end = data.indexOf(0);
  const name = String.fromCharCode(...data.subarray(0, Math.max(end, 0)));
  const profile = await inflate(data.slice(end + 2), maxProfileBytes).catch(() => undefined);
  return profileWarning(profile ?? new Uint8Array(), name);
}

function words(data: Uint8Array | undefined): number[] {
  if (!data) return [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length >> 2 }, (_, i) => view.getUint32(i * 4));
}
