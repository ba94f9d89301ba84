/** BMP files, in which many data sets of rated pictures come: uncompressed, of 8 bits with a palette, 24 or 32 bits. */
import type { Pixels } from "./pixels.js";
import { checkSize, corrupt, truncated, unsupported } from "./problems.js";

const fileHeaderBytes = 14;

/** The oldest header with a height that may be negative; later ones only add to it. */
const infoHeaderBytes = 40;

/**
 * Decodes a BMP file. The fourth byte of 32 bits is not alpha without masks that say so, and is ignored.
 * @param maxPixels The largest picture allowed, checked before anything is allocated.
 * @throws ImageError IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_TOO_LARGE or IMAGE_UNSUPPORTED.
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): Pixels {
  if (bytes.length < fileHeaderBytes + infoHeaderBytes)
    throw truncated("The BMP file ends within its header.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [depth, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  if (headerBytes < infoHeaderBytes)
    throw unsupported("This is a BMP file of an old kind, which is not read.");
  if (compression !== 0 || ![8, 24, 32].includes(depth)) {
    throw unsupported(
      `This is a BMP file of ${depth} bits and compression ${compression}, which is not read.`,
    );
  }
  if (width < 0) throw corrupt(`The header says that the picture is ${width} pixels wide.`);
  const height = Math.abs(signedHeight);
  checkSize(width, height, maxPixels);

  const rowBytes = Math.ceil((width * depth) / 32) * 4;
  if (start + rowBytes * height > bytes.length) {
    throw truncated(`The BMP file has ${bytes.length} bytes, and its ${width}×${height} pixels need more.`);
  }
  const palette = depth === 8 ? readPalette(bytes, view, headerBytes, start) : undefined;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    // Rows come from the bottom, unless the height is negative.
    let from = start + (signedHeight < 0 ? y : height - 1 - y) * rowBytes;
    for (let to = y * width * 4; to < (y + 1) * width * 4; to += 4) {
      const colour = palette ? palette[bytes[from]] : bytes.subarray(from, from + 3);
      if (!colour) throw corrupt(`A pixel has colour ${bytes[from]} of a palette of ${palette?.length}.`);
      [data[to + 2], data[to + 1], data[to]] = colour;
      from += depth / 8;
    }
  }
  return { width, height, data, orientation: 1, warnings: [] };
}

/** Colours, blue first. */
function readPalette(bytes: Uint8Array, view: DataView, headerBytes: number, end: number): Uint8Array[] {
  const start = fileHeaderBytes + headerBytes;
  const count = view.getUint32(46, true) || 256;
  if (count > 256 || start + 4 * count > end) throw corrupt(`The palette of ${count} colours does not fit.`);
  return Array.from({ length: count }, (_, i) => bytes.subarray(start + 4 * i, start + 4 * i + 3));
}
