/** PNG files of opaque pictures. */
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { crc32 } from "../image/png-chunks.js";
import type { Rgba } from "../image/resize.js";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** RGB of 8 bits; alpha is left out. */
export async function encodePng({ width, height, data }: Rgba): Promise<Uint8Array> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  const compressed = await promisify(deflate)(filtered(width, height, data));
  return Buffer.concat([
    Buffer.from(signature),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", compressed),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** Each row behind its filter: as what its pixels differ by from those above them. */
function filtered(width: number, height: number, data: Uint8Array): Uint8Array {
  const up = 2;
  const rows = new Uint8Array(height * (1 + 3 * width));
  let to = 0;
  for (let y = 0; y < height; y++) {
    rows[to++] = up;
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) {
        rows[to++] = data[from + c] - (y > 0 ? data[from + c - 4 * width] : 0);
      }
    }
  }
  return rows;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), content.length + 8);
  return bytes;
}
