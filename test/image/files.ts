/** Image files and parts of them, for tests. */
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
}

export function concat(...parts: (Uint8Array | number[] | string)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array))));
}

export function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}

/** An EXIF block, from its TIFF header on, of an orientation alone. */
export function exif(orientation: number, little: boolean): Uint8Array {
  const block = new DataView(new ArrayBuffer(26));
  block.setUint16(0, little ? 0x4949 : 0x4d4d);
  block.setUint16(2, 42, little);
  block.setUint32(4, 8, little);
  block.setUint16(8, 1, little);
  block.setUint16(10, 0x0112, little);
  block.setUint16(12, 3, little);
  block.setUint32(14, 1, little);
  block.setUint16(18, orientation, little);
  return new Uint8Array(block.buffer);
}

/** An ICC profile of a description alone, as ICC 2 or 4 writes it, and of at least `length` bytes. */
export function icc(description: string, version: 2 | 4, length = 0): Uint8Array {
  const [german, english] = ["anders", description].map((text) =>
    concat([...text].flatMap((letter) => uint16(letter.charCodeAt(0)))),
  );
  const tag =
    version === 2
      ? concat("desc", uint32(0), uint32(description.length + 1), description, [0])
      : concat(
          ...["mluc", uint32(0), uint32(2), uint32(12)],
          ...["deDE", uint32(german.length), uint32(40)],
          ...["enUS", uint32(english.length), uint32(40 + german.length)],
          ...[german, english],
        );
  const header = new Uint8Array(128);
  const table = concat(uint32(1), "desc", uint32(144), uint32(tag.length));
  return concat(header, table, tag, new Uint8Array(Math.max(0, length - 144 - tag.length)));
}

/** A JPEG file with segments put in after its start. */
export function withSegments(
  jpeg: Uint8Array,
  ...segments: [marker: number, data: Uint8Array][]
): Uint8Array {
  const parts = segments.map(([marker, data]) => concat([0xff, marker], uint16(data.length + 2), data));
  return concat(jpeg.subarray(0, 2), ...parts, jpeg.subarray(2));
}

export interface PngPicture {
  width: number;
  height: number;
  depth: number;
  colorType: number;
  /** Channels interleaved. */
  samples: ArrayLike<number>;
  interlaced?: boolean;
  /** Chunks before IDAT. */
  chunks?: [type: string, data: Uint8Array][];
  /** Parts to split the compressed data into. */
  parts?: number;
}

export const pngChannels: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Encodes a PNG whose rows take the five filters by turns. */
export function encodePng(picture: PngPicture): Uint8Array {
  const { width, height, depth, colorType, interlaced = false, chunks = [], parts = 1 } = picture;
  const compressed = deflateSync(filteredRows(picture));
  const size = Math.ceil(compressed.length / parts);
  const idats = Array.from({ length: parts }, (_, i) =>
    chunk("IDAT", compressed.subarray(i * size, (i + 1) * size)),
  );
  return pngFile(
    chunk("IHDR", concat(uint32(width), uint32(height), [depth, colorType, 0, 0, interlaced ? 1 : 0])),
    ...chunks.map(([type, data]) => chunk(type, data)),
    ...idats,
    chunk("IEND", new Uint8Array()),
  );
}

/** The bytes that IDAT holds compressed. */
export function filteredRows({
  width,
  height,
  depth,
  colorType,
  samples,
  interlaced,
}: PngPicture): Uint8Array {
  const channels = pngChannels[colorType];
  const pixelBytes = Math.max(1, (channels * depth) >> 3);
  const rows: Uint8Array[] = [];
  // The pass of each place of Adam7's 8×8 cell.
  const cell = [
    "16462646",
    "77777777",
    "56565656",
    "77777777",
    "36463646",
    "77777777",
    "56565656",
    "77777777",
  ];
  const passes = interlaced ? ["1", "2", "3", "4", "5", "6", "7"] : [undefined];
  for (const pass of passes) {
    let above: Uint8Array | undefined;
    for (let y = 0; y < height; y++) {
      const columns = Array.from({ length: width }, (_, x) => x).filter(
        (x) => !pass || cell[y % 8][x % 8] === pass,
      );
      if (columns.length === 0) continue;
      const bits = columns
        .flatMap((x) => Array.from({ length: channels }, (_, c) => samples[(y * width + x) * channels + c]))
        .map((sample) => sample.toString(2).padStart(depth, "0"))
        .join("");
      const row = Uint8Array.from(bits.match(/.{1,8}/g)!, (byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
      rows.push(filterRow(row, above ?? new Uint8Array(row.length), rows.length % 5, pixelBytes));
      above = row;
    }
  }
  return concat(...rows);
}

function filterRow(row: Uint8Array, above: Uint8Array, filter: number, pixelBytes: number): Uint8Array {
  const filtered = row.map((value, i) => {
    const [a, b, c] = [row[i - pixelBytes] ?? 0, above[i], above[i - pixelBytes] ?? 0];
    const nearest = [a, b, c].reduce((best, v) =>
      Math.abs(a + b - c - v) < Math.abs(a + b - c - best) ? v : best,
    );
    return value - [0, a, b, (a + b) >> 1, nearest][filter];
  });
  return concat([filter], filtered);
}

export function pngFile(...chunks: Uint8Array[]): Uint8Array {
  return concat([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], ...chunks);
}

export function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat(type, data);
  return concat(uint32(data.length), body, uint32(crc32(body)));
}

/** CRC-32, bit by bit. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
