/** A part of a photograph, sharp and blurred, and the shipped files: what texts are tried on, small enough for the CPU. */
import { readFileSync } from "node:fs";
import { decodeImage } from "../../src/image/decode.js";
import type { RawImage } from "../../src/image/pixels.js";

const side = 128;

/** The middle of a photograph, 128×128 RGBA. */
export async function photograph(): Promise<RawImage> {
  const { width, height, data } = await decodeImage(
    readFileSync(new URL("../photos/coffee.jpg", import.meta.url)),
  );
  const [left, top] = [(width - side) >> 1, (height - side) >> 1];
  const part = new Uint8Array(4 * side * side);
  for (let y = 0; y < side; y++) {
    const start = 4 * ((top + y) * width + left);
    part.set(data.subarray(start, start + 4 * side), 4 * y * side);
  }
  return { width: side, height: side, data: part };
}

/** Blurred by a box of 7×7 twice, repeated at the borders. */
export function blurred({ width, height, data }: RawImage): RawImage {
  let from = Float32Array.from(data);
  for (const axis of ["x", "y", "x", "y"]) {
    const to = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      for (let step = -3; step <= 3; step++) {
        const column = axis === "x" ? Math.min(Math.max(x + step, 0), width - 1) : x;
        const row = axis === "y" ? Math.min(Math.max(y + step, 0), height - 1) : y;
        to[i] += from[4 * (row * width + column) + (i & 3)] / 7;
      }
    }
    from = to;
  }
  return { width, height, data: Uint8Array.from(from, Math.round) };
}

export function shipped(name: "nr" | "fr" | "text"): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../weights/bpclip-s-${name}.safetensors`, import.meta.url)));
}
