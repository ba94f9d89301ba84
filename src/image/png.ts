/** PNG files, through upng-js. */
import { exifOrientation } from "./exif.js";
import { inflate } from "./inflate.js";
import { type Pixels, toRgba } from "./pixels.js";
import { type ColorType, type PngHeader, readPng } from "./png-chunks.js";
import { colorWarning } from "./png-color.js";
import { corrupt } from "./problems.js";

type Samples = Uint8Array | Uint16Array;

const channelsOf: Record<ColorType, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A part of the picture: every dx-th pixel from x0 on, of every dy-th row from y0 on. */
interface Pass {
  x0: number;
  y0: number;
  dx: number;
  dy: number;
  width: number;
  height: number;
}

/**
 * Decodes a PNG file of any colour type, depth and interlacing. Depths below 8 bits are scaled to 8, 16 bits are
 * kept; a palette's or a colour's transparency becomes alpha, which stays straight; an eXIf orientation is reported,
 * not applied; colours are not converted, but a colour space other than sRGB leaves a warning. Of an animation the
 * still picture is read, which is its first frame.
 *
 * upng-js undoes the row filters; the rest of it is passed by: it checks neither checksums nor lengths, halves
 * 16-bit samples, and errs on narrow or 1-bit interlaced pictures and on the row padding of low-depth grey.
 * @param maxPixels The largest picture allowed, checked before anything is allocated.
 * @throws ImageError IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export async function decodePng(bytes: Uint8Array, maxPixels: number): Promise<Pixels> {
  const { header, compressed, chunks } = readPng(bytes, maxPixels);
  const samples = await readSamples(header, compressed);
  const colour = await colorWarning(chunks);
  const exif = chunks.get("eXIf");
  return {
    width: header.width,
    height: header.height,
    data: colorize(samples, header, chunks.get("PLTE"), chunks.get("tRNS")),
    orientation: exif ? exifOrientation(exif) : 1,
    warnings: [
      ...(colour ? [colour] : []),
      ...(chunks.has("acTL") ? ["The picture is animated; only its first frame is read."] : []),
    ],
  };
}

/** The picture's samples as stored, channels interleaved: u8 for depths up to 8 (low depths unscaled), else u16. */
async function readSamples(header: PngHeader, compressed: Uint8Array<ArrayBuffer>): Promise<Samples> {
  const { default: UPNG } = await import("upng-js");
  const { width, height, depth, colorType } = header;
  const channels = channelsOf[colorType];
  const rowBytes = (pass: Pass) => Math.ceil((pass.width * channels * depth) / 8);
  const passes = passesOf(header);
  const length = passes.reduce((sum, pass) => sum + pass.height * (1 + rowBytes(pass)), 0);

  const data = await inflate(compressed, length).catch((cause) => {
    throw corrupt("The picture's compressed data is damaged.", cause);
  });
  if (data?.length !== length) {
    throw corrupt(`The picture's data has ${data ? data.length : "more"} bytes where ${length} are due.`);
  }

  let samples: Samples | undefined;
  let offset = 0;
  for (const pass of passes) {
    const filteredBytes = pass.height * (1 + rowBytes(pass));
    for (let row = 0; row < pass.height; row++) {
      const filter = data[offset + row * (1 + rowBytes(pass))];
      if (filter > 4) throw corrupt(`A row has filter ${filter}, which PNG does not know.`);
    }
    UPNG.decode._filterZero(data, { ctype: colorType, depth }, offset, pass.width, pass.height);
    const rows = data.subarray(offset, offset + pass.height * rowBytes(pass));
    const part = unpack(rows, rowBytes(pass), pass.width * channels, depth);
    if (!header.interlaced) return part;
    samples ??=
      depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
    scatter(part, pass, channels, samples, width);
    offset += filteredBytes;
  }
  return samples!;
}

/** The passes that hold any pixel. */
function passesOf({ width, height, interlaced }: PngHeader): Pass[] {
  const adam7 = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ];
  return (interlaced ? adam7 : [[0, 0, 1, 1]])
    .map(([x0, y0, dx, dy]) => {
      return { x0, y0, dx, dy, width: Math.ceil((width - x0) / dx), height: Math.ceil((height - y0) / dy) };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Rows of packed big-endian samples, each row padded to whole bytes, to one sample an element. */
function unpack(rows: Uint8Array, rowBytes: number, rowSamples: number, depth: number): Samples {
  if (depth === 8) return rows;
  const count = (rows.length / rowBytes) * rowSamples;
  if (depth === 16) {
    const samples = new Uint16Array(count);
    for (let i = 0; i < count; i++) samples[i] = (rows[2 * i] << 8) | rows[2 * i + 1];
    return samples;
  }
  const samples = new Uint8Array(count);
  const mask = (1 << depth) - 1;
  for (let i = 0; i < count; i++) {
    const bit = (i % rowSamples) * depth;
    const byte = rows[Math.floor(i / rowSamples) * rowBytes + (bit >> 3)];
    samples[i] = (byte >> (8 - depth - (bit & 7))) & mask;
  }
  return samples;
}

function scatter(part: Samples, pass: Pass, channels: number, to: Samples, width: number): void {
  let from = 0;
  for (let row = 0; row < pass.height; row++) {
    for (let column = 0; column < pass.width; column++) {
      const at = ((pass.y0 + row * pass.dy) * width + pass.x0 + column * pass.dx) * channels;
      for (let c = 0; c < channels; c++) to[at + c] = part[from++];
    }
  }
}

/** Samples of any colour type to RGBA. */
function colorize(
  samples: Samples,
  { depth, colorType }: PngHeader,
  palette?: Uint8Array,
  transparency?: Uint8Array,
): Samples {
  if (colorType === 3) return paint(samples, palette, transparency);
  const channels = channelsOf[colorType];
  const scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  const rgba = toRgba(scale === 1 ? samples : samples.map((sample) => sample * scale), channels);
  if (transparency && (colorType === 0 || colorType === 2))
    makeTransparent(samples, channels, transparency, rgba);
  return rgba;
}

/** Palette indices to RGBA; tRNS holds the alpha of the first entries. */
function paint(indices: Samples, palette?: Uint8Array, alphas: Uint8Array = new Uint8Array()): Uint8Array {
  if (!palette || palette.length === 0 || palette.length % 3 !== 0 || palette.length > 768) {
    throw corrupt(
      palette ? `A palette cannot have ${palette.length} bytes.` : "The PNG file lacks its palette.",
    );
  }
  const entries = palette.length / 3;
  const rgba = new Uint8Array(indices.length * 4);
  for (let p = 0; p < indices.length; p++) {
    const index = indices[p];
    if (index >= entries) throw corrupt(`A pixel has colour ${index} of a palette of ${entries}.`);
    rgba[p * 4] = palette[index * 3];
    rgba[p * 4 + 1] = palette[index * 3 + 1];
    rgba[p * 4 + 2] = palette[index * 3 + 2];
    rgba[p * 4 + 3] = alphas[index] ?? 255;
  }
  return rgba;
}

/** tRNS of grey and RGB: the one colour, in 16-bit words of the picture's own depth, that is transparent. */
function makeTransparent(samples: Samples, channels: number, transparency: Uint8Array, rgba: Samples): void {
  if (transparency.length !== channels * 2) {
    throw corrupt(`The tRNS chunk has ${transparency.length} bytes instead of ${channels * 2}.`);
  }
  const key = unpack(transparency, transparency.length, channels, 16);
  for (let p = 0; p * channels < samples.length; p++) {
    if (key.every((value, c) => samples[p * channels + c] === value)) rgba[p * 4 + 3] = 0;
  }
}
