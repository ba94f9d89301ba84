import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodePng } from "../../src/image/png.js";
import { expectCode } from "../support/errors.js";
import { integer, random } from "../support/random.js";
import {
  chunk,
  concat,
  encodePng,
  exif,
  icc,
  type PngPicture,
  pngChannels,
  pngFile,
  uint16,
  uint32,
} from "./files.js";

const maxPixels = 100e6;
const decode = (bytes: Uint8Array) => decodePng(bytes, maxPixels);

const kinds = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colorType: 0, depth })),
  ...[8, 16].map((depth) => ({ colorType: 2, depth })),
  ...[1, 2, 4, 8].map((depth) => ({ colorType: 3, depth })),
  ...[8, 16].map((depth) => ({ colorType: 4, depth })),
  ...[8, 16].map((depth) => ({ colorType: 6, depth })),
];

/** Sizes with empty Adam7 passes, and with rows that do not fill their last byte. */
const sizes = [
  [1, 1],
  [3, 2],
  [4, 9],
  [13, 11],
  [1, 8],
  [9, 1],
];

const palette = Uint8Array.from({ length: 768 }, (_, i) => (i * 37) % 256);

function draw(colorType: number, depth: number, width: number, height: number): PngPicture {
  const next = random(width * 1000 + height * 100 + colorType * 10 + depth);
  const length = width * height * pngChannels[colorType];
  const samples = Array.from({ length }, () => integer(next, 0, 2 ** depth - 1));
  const chunks: [string, Uint8Array][] =
    colorType === 3 ? [["PLTE", palette.subarray(0, 3 * 2 ** depth)]] : [];
  return { width, height, depth, colorType, samples, chunks };
}

/** RGBA by the PNG standard. */
function expectedRgba({ colorType, depth, samples }: PngPicture): number[] {
  const channels = pngChannels[colorType];
  const full = depth === 16 ? 65535 : 255;
  const rgba: number[] = [];
  for (let at = 0; at < samples.length; at += channels) {
    const [a, b, c, d] = Array.from({ length: channels }, (_, i) => samples[at + i]);
    const grey = (a * full) / (2 ** depth - 1);
    const pixels: Record<number, number[]> = {
      0: [grey, grey, grey, full],
      2: [a, b, c, full],
      3: [...palette.subarray(3 * a, 3 * a + 3), 255],
      4: [a, a, a, b],
      6: [a, b, c, d],
    };
    rgba.push(...pixels[colorType]);
  }
  return rgba;
}

describe("decodePng", () => {
  for (const { colorType, depth } of kinds) {
    for (const interlaced of [false, true]) {
      it(`reads colour type ${colorType} of ${depth} bits${interlaced ? ", interlaced" : ""}`, async () => {
        for (const [width, height] of sizes) {
          const picture = { ...draw(colorType, depth, width, height), interlaced };
          const pixels = await decode(encodePng(picture));
          expect(pixels).toMatchObject({ width, height, orientation: 1, warnings: [] });
          expect(pixels.data).toBeInstanceOf(depth === 16 ? Uint16Array : Uint8Array);
          expect([...pixels.data], `${width}x${height}`).toEqual(expectedRgba(picture));
        }
      });
    }
  }

  it("joins IDAT chunks, empty ones too, and ignores what follows IEND", async () => {
    const picture = draw(6, 8, 13, 11);
    const expected = expectedRgba(picture);
    expect([...(await decode(encodePng({ ...picture, parts: 7 }))).data]).toEqual(expected);
    expect([...(await decode(encodePng({ ...picture, parts: 10000 }))).data]).toEqual(expected);
    expect([...(await decode(concat(encodePng(picture), [1, 2, 3]))).data]).toEqual(expected);
  });

  it("makes a palette's first entries transparent", async () => {
    const picture = draw(3, 2, 4, 1);
    picture.samples = [0, 1, 2, 3];
    picture.chunks!.push(["tRNS", Uint8Array.of(0, 100)]);
    const { data } = await decode(encodePng(picture));
    expect([3, 7, 11, 15].map((at) => data[at])).toEqual([0, 100, 255, 255]);
  });

  for (const [colorType, depth, samples, key, alphas] of [
    [0, 2, [0, 1, 2, 3], [2], [255, 255, 0, 255]],
    [0, 8, [0, 1, 2, 3], [1], [255, 0, 255, 255]],
    // Values that differ in one byte alone must not be taken for each other.
    [0, 16, [0x0102, 0x0103, 0x0202, 0x0102], [0x0102], [0, 65535, 65535, 0]],
    [2, 8, [1, 2, 3, 1, 2, 4], [1, 2, 3], [0, 255]],
    [2, 16, [0x0102, 3, 4, 0x0103, 3, 4], [0x0102, 3, 4], [0, 65535]],
  ] as const) {
    it(`makes one colour transparent: colour type ${colorType} of ${depth} bits`, async () => {
      const width = samples.length / pngChannels[colorType];
      const chunks: [string, Uint8Array][] = [["tRNS", concat(key.flatMap(uint16))]];
      const { data } = await decode(encodePng({ width, height: 1, depth, colorType, samples, chunks }));
      expect(alphas.map((_, pixel) => data[pixel * 4 + 3])).toEqual(alphas);
    });
  }

  it("reads the orientation of eXIf", async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = encodePng({
        ...draw(2, 8, 3, 2),
        chunks: [["eXIf", exif(orientation, orientation % 2 === 0)]],
      });
      expect((await decode(file)).orientation).toBe(orientation);
    }
  });

  const iccp = (name: string, profile: Uint8Array): [string, Uint8Array] => [
    "iCCP",
    concat(name, [0, 0], deflateSync(profile)),
  ];
  const srgbPrimaries = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
  for (const [what, chunks, warning] of [
    ["an sRGB profile", [iccp("ICC", icc("sRGB IEC61966-2.1", 2))], undefined],
    ["a P3 profile", [iccp("ICC", icc("Display P3", 4))], /"Display P3"/],
    ["an unreadable profile", [["iCCP", concat("My Camera", [0, 0, 1, 2, 3])]], /"My Camera"/],
    [
      "an sRGB chunk",
      [
        ["sRGB", Uint8Array.of(0)],
        ["gAMA", concat(uint32(100000))],
      ],
      undefined,
    ],
    [
      "sRGB's gamma and primaries",
      [
        ["gAMA", concat(uint32(45455))],
        ["cHRM", concat(srgbPrimaries.flatMap(uint32))],
      ],
      undefined,
    ],
    ["a linear gamma", [["gAMA", concat(uint32(100000))]], /gamma 1\.000/],
    [
      "other primaries",
      [["cHRM", concat(srgbPrimaries.map((v) => v + 2000).flatMap(uint32))]],
      /primary colours/,
    ],
    [
      "cICP of BT.2020 PQ",
      [
        ["sRGB", Uint8Array.of(0)],
        ["cICP", Uint8Array.of(9, 16, 0, 1)],
      ],
      /BT\.2020, PQ/,
    ],
    ["cICP of sRGB", [["cICP", Uint8Array.of(1, 13, 0, 1)]], undefined],
    ["an animation", [["acTL", concat(uint32(2), uint32(0))]], /animated/],
  ] as [string, [string, Uint8Array][], RegExp | undefined][]) {
    it(`${warning ? "warns of" : "is silent about"} ${what}`, async () => {
      const { warnings } = await decode(encodePng({ ...draw(2, 8, 2, 2), chunks }));
      if (warning) expect(warnings).toEqual([expect.stringMatching(warning)]);
      else expect(warnings).toEqual([]);
    });
  }

  it("tells of truncation at every length", async () => {
    const file = encodePng(draw(2, 8, 9, 7));
    for (let length = 1; length < file.length; length++) {
      await expectCode("IMAGE_TRUNCATED", () => decode(file.subarray(0, length)));
    }
  });

  it("finds every wrong byte after the signature", async () => {
    const file = encodePng(draw(2, 8, 3, 2));
    for (let at = 8; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 0x10;
      await expect(decode(damaged), `byte ${at}`).rejects.toMatchObject({
        // A longer chunk than the file is indistinguishable from a file cut short.
        code: expect.stringMatching(/^IMAGE_(CORRUPT|TRUNCATED)$/),
      });
    }
  });

  const header = (width: number, height: number, ...rest: number[]) =>
    chunk("IHDR", concat(uint32(width), uint32(height), rest));
  const idat = (bytes: number) => chunk("IDAT", deflateSync(new Uint8Array(bytes)));
  const end = chunk("IEND", new Uint8Array());
  for (const [code, what, file] of [
    [
      "IMAGE_TOO_LARGE",
      "a header of 30000x30000",
      pngFile(header(30000, 30000, 8, 6, 0, 0, 0), idat(9), end),
    ],
    ["IMAGE_CORRUPT", "a width of 0", pngFile(header(0, 3, 8, 6, 0, 0, 0), idat(9), end)],
    ["IMAGE_CORRUPT", "RGB of 4 bits", pngFile(header(3, 3, 4, 2, 0, 0, 0), idat(9), end)],
    ["IMAGE_CORRUPT", "an unknown interlacing", pngFile(header(3, 3, 8, 2, 0, 0, 2), idat(9), end)],
    ["IMAGE_CORRUPT", "no IDAT", pngFile(header(3, 3, 8, 2, 0, 0, 0), end)],
    ["IMAGE_CORRUPT", "no IHDR", pngFile(idat(9), end)],
    ["IMAGE_CORRUPT", "too little data", pngFile(header(3, 3, 8, 2, 0, 0, 0), idat(29), end)],
    ["IMAGE_CORRUPT", "too much data (a bomb)", pngFile(header(3, 3, 8, 2, 0, 0, 0), idat(1e7), end)],
    [
      "IMAGE_CORRUPT",
      "data that is not zlib",
      pngFile(header(3, 3, 8, 2, 0, 0, 0), chunk("IDAT", Uint8Array.of(1, 2, 3)), end),
    ],
    [
      "IMAGE_CORRUPT",
      "an unknown row filter",
      pngFile(header(1, 1, 8, 0, 0, 0, 0), chunk("IDAT", deflateSync(Uint8Array.of(5, 0))), end),
    ],
    [
      "IMAGE_CORRUPT",
      "a palette picture without palette",
      pngFile(header(1, 1, 8, 3, 0, 0, 0), idat(2), end),
    ],
    [
      "IMAGE_CORRUPT",
      "a colour beyond the palette",
      encodePng({ ...draw(3, 8, 1, 1), samples: [4], chunks: [["PLTE", palette.subarray(0, 12)]] }),
    ],
    [
      "IMAGE_UNSUPPORTED",
      "an unknown critical chunk",
      pngFile(header(1, 1, 8, 0, 0, 0, 0), chunk("ABCD", new Uint8Array()), idat(2), end),
    ],
  ] as const) {
    it(`refuses ${what}`, () => expectCode(code, () => decode(file)));
  }
});
