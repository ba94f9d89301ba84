/** The container of a PNG file: its chunks, checked. */
import { checkSize, corrupt, truncated, unsupported } from "./problems.js";

export interface PngHeader {
  width: number;
  height: number;
  /** Bits a sample. */
  depth: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  colorType: ColorType;
  /** Adam7. */
  interlaced: boolean;
}

export type ColorType = 0 | 2 | 3 | 4 | 6;

export interface PngFile {
  header: PngHeader;
  /** The zlib stream of all IDAT chunks. */
  compressed: Uint8Array<ArrayBuffer>;
  /** The data of every other chunk by its type; of the first, where a type comes repeatedly. */
  chunks: ReadonlyMap<string, Uint8Array>;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const depths: Record<ColorType, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Reads and checks all chunks up to IEND; what follows it is ignored.
 * @param maxPixels The largest picture allowed, checked as soon as the header is read.
 * @throws ImageError IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export function readPng(bytes: Uint8Array, maxPixels: number): PngFile {
  for (const [i, byte] of signature.entries()) {
    if (i >= bytes.length) throw truncated("The PNG file ends within its signature.");
    if (bytes[i] !== byte) throw corrupt("The PNG signature is damaged, as by a transfer in text mode.");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | undefined;
  const chunks = new Map<string, Uint8Array>();
  const parts: Uint8Array[] = [];

  for (let at = signature.length; ; ) {
    if (at + 12 > bytes.length)
      throw truncated(`The PNG file ends at byte ${bytes.length}, before its IEND chunk.`);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw corrupt(`There is no PNG chunk at byte ${at}.`);
    if (at + 12 + length > bytes.length) {
      throw truncated(`The PNG file ends at byte ${bytes.length}, within its ${type} chunk.`);
    }
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length))) {
      throw corrupt(`The checksum of the ${type} chunk at byte ${at} is wrong.`);
    }
    const data = bytes.subarray(at + 8, at + 8 + length);
    at += 12 + length;

    if (!header) {
      if (type !== "IHDR") throw corrupt(`The first PNG chunk is ${type}, not IHDR.`);
      header = readHeader(data, maxPixels);
    } else if (type === "IDAT") {
      parts.push(data);
    } else if (type === "IEND") {
      if (parts.length === 0) throw corrupt("The PNG file has no IDAT chunk, that is no picture.");
      return { header, compressed: join(parts), chunks };
    } else if (!chunks.has(type)) {
      // A capital first letter: no decoder may ignore this chunk.
      if (/^[A-Z]/.test(type) && type !== "PLTE")
        throw unsupported(`The PNG file has an unknown critical chunk, ${type}.`);
      chunks.set(type, data);
    }
  }
}

function readHeader(data: Uint8Array, maxPixels: number): PngHeader {
  if (data.length !== 13) throw corrupt(`The IHDR chunk has ${data.length} bytes instead of 13.`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colorType, compression, filter, interlace] = data.subarray(8);
  if (!depths[colorType as ColorType]?.includes(depth)) {
    throw corrupt(`PNG knows no colour type ${colorType} of ${depth} bits.`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw corrupt(`PNG knows no compression ${compression}, filter ${filter}, interlace ${interlace}.`);
  }
  checkSize(width, height, maxPixels);
  return {
    width,
    height,
    depth: depth as PngHeader["depth"],
    colorType: colorType as ColorType,
    interlaced: interlace === 1,
  };
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}
