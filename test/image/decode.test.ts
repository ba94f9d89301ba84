import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ImageError } from "../../src/errors.js";
import { decodeImage } from "../../src/image/decode.js";
import type { Pixels } from "../../src/image/pixels.js";
import { expectCode } from "../support/errors.js";
import { integer, random } from "../support/random.js";
import { concat, crc32, encodePng, fixture, uint32 } from "./files.js";

describe("decodeImage", () => {
  it("reads the test photographs", async () => {
    for (const [name, width, height] of [
      ["coffee.jpg", 600, 400],
      ["rocket.jpg", 640, 427],
      ["astronaut.jpg", 384, 384],
      ["chelsea.png", 451, 300],
    ] as const) {
      const bytes = new Uint8Array(readFileSync(new URL(`../photos/${name}`, import.meta.url)));
      const pixels = await decodeImage(bytes);
      expect(pixels).toMatchObject({ width, height, orientation: 1, warnings: [] });
      expect(pixels.data.length).toBe(width * height * 4);
    }
  });

  it("refuses an empty file", () => expectCode("IMAGE_EMPTY", () => decodeImage(new Uint8Array())));

  for (const [name, start] of [
    ["WebP", "RIFF\0\0\0\0WEBPVP8 "],
    ["AVIF", "\0\0\0\x20ftypavif"],
    ["HEIC", "\0\0\0\x20ftypheic"],
    ["GIF", "GIF89a"],
    ["TIFF", "II*\0"],
    ["JPEG XL", "\0\0\0\x0cJXL \r\n"],
    ["SVG", '<?xml version="1.0"?>\n<svg xmlns="">'],
    ["HTML", "<!DOCTYPE html><html>"],
    ["text", "a text named photo.jpg\n"],
    ["no image format that is known", "\x01\x02\x03"],
  ]) {
    it(`names ${name}, and the formats that are supported`, async () => {
      const { message } = await expectCode("IMAGE_FORMAT", () =>
        decodeImage(concat(Buffer.from(start, "latin1"))),
      );
      expect(message).toContain(name);
      expect(message).toContain("PNG, JPEG and BMP are supported");
    });
  }

  it("hands other formats to the fallback, and only them", async () => {
    const pixels: Pixels = { width: 1, height: 1, data: new Uint8Array(4), orientation: 1, warnings: [] };
    const seen: Uint8Array[] = [];
    const fallback = async (bytes: Uint8Array) => {
      seen.push(bytes);
      return pixels;
    };
    const gif = concat("GIF89a");
    expect(await decodeImage(gif, { fallback })).toBe(pixels);
    await decodeImage(fixture("pixel.png"), { fallback });
    await decodeImage(fixture("pixel.jpg"), { fallback });
    expect(seen).toEqual([gif]);
  });

  it("types the fallback's errors", async () => {
    const failing = (error: unknown) => ({ fallback: () => Promise.reject(error) });
    const error = await expectCode("IMAGE_CORRUPT", () =>
      decodeImage(concat("GIF89a"), failing(new Error("no frames"))),
    );
    expect(error.message).toMatch(/GIF.*no frames/);
    const own = new ImageError("IMAGE_TRUNCATED", "ends", "mend");
    await expect(decodeImage(concat("GIF89a"), failing(own))).rejects.toBe(own);
  });

  it("applies the caller's cap on pixels", async () => {
    for (const name of ["grey.jpg", "grey.png"]) {
      await expectCode("IMAGE_TOO_LARGE", () => decodeImage(fixture(name), { maxPixels: 45 * 37 - 1 }));
      expect(await decodeImage(fixture(name), { maxPixels: 45 * 37 })).toMatchObject({
        width: 45,
        height: 37,
      });
    }
  });
});

describe("damaged files", () => {
  const samples = Array.from({ length: 11 * 9 }, (_, i) => i % 16);
  const indexed = { width: 11, height: 9, depth: 4, colorType: 3, samples, interlaced: true };
  const files: Record<string, Uint8Array> = {
    baseline: fixture("ycc420.jpg"),
    progressive: fixture("progressive.jpg"),
    restarts: fixture("restarts.jpg"),
    cmyk: fixture("cmyk.jpg"),
    profile: fixture("lab.jpg"),
    png: fixture("resize-bicubic-11x53.png"),
    palette: encodePng({
      ...indexed,
      chunks: [
        ["PLTE", new Uint8Array(48).map((_, i) => i)],
        ["tRNS", Uint8Array.of(1, 2)],
        ["iCCP", concat("name", [0, 0], fixture("pixel.jpg"))],
      ],
    }),
  };
  const seed = 20261123;
  const mutations = 300;

  for (const [name, file] of Object.entries(files)) {
    it(`${name}: ${mutations} mutations of seed ${seed} decode or fail with a typed error`, async () => {
      const draw = random(seed);
      for (let i = 0; i < mutations; i++) {
        const mutant = mutate(file, draw);
        // Every other PNG gets its checksums mended, or nothing behind them would be reached.
        const bytes = i % 2 ? mutant : mendChecksums(mutant);
        try {
          const { width, height, data } = await decodeImage(bytes, { maxPixels: 1e6, maxMegabytes: 64 });
          expect(data.length).toBe(width * height * 4);
        } catch (error) {
          if (!(error instanceof ImageError)) throw new Error(`mutation ${i}: ${error}`, { cause: error });
          expect(error.code).toMatch(/^IMAGE_/);
        }
      }
    });
  }

  /** Flips up to four bits, and sometimes drops or repeats a stretch of bytes. */
  function mutate(file: Uint8Array, draw: () => number): Uint8Array {
    const mutant = file.slice();
    for (let flips = integer(draw, 1, 4); flips > 0; flips--) {
      mutant[integer(draw, 0, mutant.length - 1)] ^= 1 << integer(draw, 0, 7);
    }
    const [from, to] = [integer(draw, 2, mutant.length), integer(draw, 2, mutant.length)];
    return draw() < 0.25 ? concat(mutant.subarray(0, from), mutant.subarray(to)) : mutant;
  }

  function mendChecksums(file: Uint8Array): Uint8Array {
    const mended = file.slice();
    const view = new DataView(mended.buffer);
    for (let at = 8; at + 12 <= mended.length; ) {
      const end = at + 8 + view.getUint32(at);
      if (end + 4 > mended.length || mended[0] !== 0x89) break;
      mended.set(uint32(crc32(mended.subarray(at + 4, end))), end);
      at = end + 4;
    }
    return mended;
  }
});
