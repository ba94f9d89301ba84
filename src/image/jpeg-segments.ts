/** The container of a JPEG file: its marker segments, checked. */
import { checkSize, corrupt, truncated, unsupported } from "./problems.js";

export interface JpegComponent {
  id: number;
  /** Sampling factors, 1..4. */
  h: number;
  v: number;
}

export interface JpegFile {
  width: number;
  height: number;
  components: JpegComponent[];
  /** The file from SOI to EOI; cameras append previews and more. */
  bytes: Uint8Array;
  jfif: boolean;
  /** Where Adobe's APP14 segment says the colour transform, if there is one: the byte's place and value. */
  adobe?: { at: number; transform: number };
  /** The EXIF block from its TIFF header on. */
  exif?: Uint8Array;
  /** The ICC profile, joined. */
  icc?: Uint8Array;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const DHP = 0xde;
const TEM = 0x01;
const [APP0, APP1, APP2, APP14] = [0xe0, 0xe1, 0xe2, 0xee];

/** Frame types that are not decoded, by their marker. */
const foreignFrames: Record<number, string> = {
  195: "lossless",
  197: "hierarchical",
  198: "hierarchical progressive",
  199: "hierarchical lossless",
  201: "arithmetic-coded",
  202: "arithmetic-coded progressive",
  203: "arithmetic-coded lossless",
  205: "arithmetic-coded hierarchical",
  206: "arithmetic-coded hierarchical progressive",
  207: "arithmetic-coded hierarchical lossless",
};

/**
 * Walks through the segments and scans up to EOI.
 * @param maxPixels The largest picture allowed, checked as soon as the frame header is read.
 * @throws ImageError IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export function readJpeg(bytes: Uint8Array, maxPixels: number): JpegFile {
  let frame: Pick<JpegFile, "width" | "height" | "components"> | undefined;
  const rest: Pick<JpegFile, "jfif" | "adobe" | "exif"> = { jfif: false };
  const iccParts = new Map<number, Uint8Array>();
  const scanned = new Set<number>();
  const ends = () => truncated(`The JPEG file ends at byte ${bytes.length}, before its end-of-image marker.`);

  for (let at = 2; ; ) {
    if (at >= bytes.length) throw ends();
    if (bytes[at] !== 0xff) throw corrupt(`There is no JPEG marker at byte ${at}.`);
    while (bytes[at] === 0xff) at++;
    if (at >= bytes.length) throw ends();
    const marker = bytes[at++];
    if (marker === TEM || isRestart(marker)) continue;
    if (marker === 0 || marker === SOI) throw corrupt(`There is no JPEG marker at byte ${at - 2}.`);

    if (marker === EOI) {
      if (!frame) throw corrupt("The JPEG file has no frame, that is no picture.");
      for (const { id } of frame.components) {
        if (!scanned.has(id)) throw corrupt(`The JPEG file has no scan of its component ${id}.`);
      }
      return { ...frame, ...rest, bytes: bytes.subarray(0, at), icc: joinIcc(iccParts) };
    }

    if (at + 2 > bytes.length) throw ends();
    const length = (bytes[at] << 8) | bytes[at + 1];
    if (length < 2) throw corrupt(`The JPEG segment at byte ${at - 2} has length ${length}.`);
    const start = at + 2;
    at += length;
    if (at > bytes.length) throw ends();
    const data = bytes.subarray(start, at);

    if (isFrame(marker)) {
      if (frame) throw unsupported("The JPEG file has more than one frame, that is, it is hierarchical.");
      frame = readFrame(marker, data, maxPixels);
    } else if (marker === DHP || marker === DAC) {
      throw unsupported(`${marker === DHP ? "Hierarchical" : "Arithmetic-coded"} JPEG is not supported.`);
    } else if (marker === SOS) {
      if (!frame) throw corrupt("The JPEG file has a scan before its frame header.");
      for (let i = 0; i < data[0]; i++) scanned.add(data[1 + 2 * i]);
      at = endOfScan(bytes, at);
    } else if (marker === APP0 && hasTag(data, "JFIF")) {
      rest.jfif = true;
    } else if (marker === APP1 && hasTag(data, "Exif")) {
      rest.exif ??= data.subarray(6);
    } else if (marker === APP2 && hasTag(data, "ICC_PROFILE") && data.length >= 14) {
      iccParts.set(data[12], data.subarray(14));
    } else if (marker === APP14 && hasAdobe(data)) {
      rest.adobe = { at: start + 11, transform: data[11] };
    }
  }
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
}

/** A tag and the zero that ends it. */
function hasTag(data: Uint8Array, tag: string): boolean {
  return data.length > tag.length && String.fromCharCode(...data.subarray(0, tag.length + 1)) === `${tag}\0`;
}

/** "Adobe", without a zero, a version, two words of flags and the transform. */
function hasAdobe(data: Uint8Array): boolean {
  return data.length >= 12 && String.fromCharCode(...data.subarray(0, 5)) === "Adobe";
}

function readFrame(
  marker: number,
  data: Uint8Array,
  maxPixels: number,
): Pick<JpegFile, "width" | "height" | "components"> {
  const kind = foreignFrames[marker];
  if (kind) throw unsupported(`The picture is a JPEG of a kind that is not supported: ${kind}.`);
  const [precision, h1, h0, w1, w0, count] = data;
  if (data.length !== 6 + 3 * count) throw corrupt("The JPEG frame header has a wrong length.");
  if (precision !== 8)
    throw unsupported(`The picture is a JPEG of ${precision} bits a channel; only 8 are supported.`);
  if (![1, 3, 4].includes(count)) throw unsupported(`JPEG of ${count} components is not supported.`);
  const [width, height] = [(w1 << 8) | w0, (h1 << 8) | h0];
  checkSize(width, height, maxPixels);
  const components = Array.from({ length: count }, (_, i) => {
    const [id, sampling] = data.subarray(6 + 3 * i);
    return { id, h: sampling >> 4, v: sampling & 15 };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
    throw corrupt("The JPEG frame header has a sampling factor outside 1..4.");
  }
  if (new Set(components.map(({ id }) => id)).size < count)
    throw corrupt("Two JPEG components have the same number.");
  return { width, height, components };
}

/** The place of the marker that ends the entropy-coded data from `at` on, passing by restarts and stuffed zeros. */
function endOfScan(bytes: Uint8Array, at: number): number {
  for (let i = bytes.indexOf(0xff, at); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    const next = bytes[i + 1];
    if (next !== 0 && next !== 0xff && next !== undefined && !isRestart(next)) return i;
  }
  return bytes.length;
}

/** Joins the numbered parts of an ICC profile. */
function joinIcc(parts: ReadonlyMap<number, Uint8Array>): Uint8Array | undefined {
  if (parts.size === 0) return undefined;
  const ordered = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
  const profile = new Uint8Array(ordered.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of ordered) {
    profile.set(part, at);
    at += part.length;
  }
  return profile;
}
