import { describe, expect, it } from "vitest";
import { decodeJpeg } from "../../src/image/jpeg.js";
import { decodePng } from "../../src/image/png.js";
import { expectCode } from "../support/errors.js";
import { concat, exif, fixture, icc, uint16, withSegments } from "./files.js";

const maxPixels = 100e6;
const decode = (bytes: Uint8Array, megabytes = 512) => decodeJpeg(bytes, maxPixels, megabytes);
const [APP1, APP2] = [0xe1, 0xe2];

/** The place of a marker. */
function find(file: Uint8Array, marker: number): number {
  const at = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === marker);
  expect(at).toBeGreaterThan(0);
  return at;
}

function patched(file: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = file.slice();
  copy.set(bytes, at);
  return copy;
}

describe("decodeJpeg", () => {
  for (const [name, worst] of [
    // jpeg-js's inverse DCT is up to 1 off libjpeg's; a chroma step of 1 is one of 1.772 in blue.
    ["grey", 1],
    ["rgb", 1],
    ["cmyk", 1],
    ["ycc444", 3],
    ["ycc422", 3],
    ["ycc420", 3],
    ["progressive", 3],
    ["restarts", 3],
    // Here jpeg-js itself converts, rounding towards 0.
    ["ycck", 3],
    ["pixel", 0],
  ] as const) {
    it(`decodes ${name} as Pillow does`, async () => {
      const pixels = await decode(fixture(`${name}.jpg`));
      const expected = await decodePng(fixture(`${name}.png`), maxPixels);
      expect([pixels.width, pixels.height]).toEqual([expected.width, expected.height]);
      const differences = Array.from(pixels.data, (value, i) => Math.abs(value - expected.data[i]));
      expect(Math.max(...differences)).toBeLessThanOrEqual(worst);
      // Chroma upsampled without interpolation, or truncated colours, would exceed this.
      const mean = differences.reduce((a, b) => a + b) / differences.length;
      expect(mean).toBeLessThan(name === "ycck" ? 0.5 : 0.2);
    });
  }

  it("warns of CMYK alone", async () => {
    expect((await decode(fixture("cmyk.jpg"))).warnings).toEqual([expect.stringMatching(/CMYK/)]);
    expect((await decode(fixture("ycc420.jpg"))).warnings).toEqual([]);
  });

  it("reads the orientation of EXIF, of either byte order", async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      for (const little of [false, true]) {
        const block = concat("Exif\0\0", exif(orientation, little));
        expect((await decode(withSegments(fixture("grey.jpg"), [APP1, block]))).orientation).toBe(
          orientation,
        );
      }
    }
  });

  it("takes EXIF that cannot be read for upright", async () => {
    const block = exif(6, true);
    for (let length = 0; length < block.length; length++) {
      const file = withSegments(fixture("grey.jpg"), [APP1, concat("Exif\0\0", block.subarray(0, length))]);
      // The entry's value and its padding end the block; all before them is needed.
      expect((await decode(file)).orientation).toBe(length >= 22 ? 6 : 1);
    }
    expect(
      (await decode(withSegments(fixture("grey.jpg"), [APP1, concat("Exif\0\0", exif(9, true))])))
        .orientation,
    ).toBe(1);
  });

  it("names a profile that is not sRGB, of either version, in one segment or many", async () => {
    const part = (number: number, count: number, data: Uint8Array): [number, Uint8Array] => [
      APP2,
      concat("ICC_PROFILE\0", [number, count], data),
    ];
    const warnings = async (...parts: [number, Uint8Array][]) =>
      (await decode(withSegments(fixture("grey.jpg"), ...parts))).warnings;
    expect(await warnings(part(1, 1, icc("Adobe RGB (1998)", 2)))).toEqual([
      expect.stringMatching(/"Adobe RGB \(1998\)"/),
    ]);
    expect(await warnings(part(1, 1, icc("Display P3", 4)))).toEqual([expect.stringMatching(/"Display P3"/)]);
    expect(await warnings(part(1, 1, icc("sRGB v4 ICC preference", 4)))).toEqual([]);
    expect(await warnings(part(1, 1, new Uint8Array(9)))).toEqual([expect.stringMatching(/"unnamed"/)]);
    const [long, cut] = [icc("Wide Gamut", 4, 70000), 150];
    expect(await warnings(part(2, 2, long.subarray(cut, 60000)), part(1, 2, long.subarray(0, cut)))).toEqual([
      expect.stringMatching(/"Wide Gamut"/),
    ]);
    expect((await decode(fixture("srgb.jpg"))).warnings).toEqual([]);
    expect((await decode(fixture("lab.jpg"))).warnings).toEqual([
      expect.stringMatching(/"Lab identity built-in"/),
    ]);
  });

  for (const name of ["ycc420", "progressive"]) {
    it(`tells of truncation at every length: ${name}`, async () => {
      const file = fixture(`${name}.jpg`);
      for (let length = 2; length < file.length; length++) {
        await expectCode("IMAGE_TRUNCATED", () => decode(file.subarray(0, length)));
      }
    });
  }

  it("tells of data that ends early before an end-of-image marker", async () => {
    const file = fixture("ycc420.jpg");
    const scan = find(file, 0xda);
    for (let length = scan + 14; length < file.length - 20; length += 50) {
      // A byte that begins a marker or a stuffed zero would be another damage.
      if (file[length - 1] === 0xff) continue;
      await expectCode("IMAGE_TRUNCATED", () => decode(concat(file.subarray(0, length), [0xff, 0xd9])));
    }
  });

  it("ignores what follows the end-of-image marker", async () => {
    const file = fixture("ycc420.jpg");
    const { data } = await decode(concat(file, fixture("grey.jpg"), [1, 2, 3]));
    expect(data).toEqual((await decode(file)).data);
  });

  it("leaves the caller's bytes alone", async () => {
    const file = fixture("rgb.jpg");
    const copy = file.slice();
    await decode(file);
    expect(file).toEqual(copy);
  });

  const file = fixture("ycc420.jpg");
  const frame = find(file, 0xc0);
  for (const [code, what, bytes, message] of [
    [
      "IMAGE_TOO_LARGE",
      "60000x60000",
      patched(file, frame + 5, ...uint16(60000), ...uint16(60000)),
      /60000×60000/,
    ],
    ["IMAGE_UNSUPPORTED", "12 bits", patched(file, frame + 4, 12), /12 bits/],
    ["IMAGE_UNSUPPORTED", "lossless", patched(file, frame + 1, 0xc3), /lossless/],
    ["IMAGE_UNSUPPORTED", "arithmetic coding", patched(file, frame + 1, 0xc9), /arithmetic-coded/],
    ["IMAGE_CORRUPT", "a height of 0", patched(file, frame + 5, 0, 0), /0 pixels/],
    ["IMAGE_CORRUPT", "a sampling factor of 0", patched(file, frame + 11, 0), /sampling/],
    ["IMAGE_CORRUPT", "no scan", concat(file.subarray(0, find(file, 0xda)), [0xff, 0xd9]), /scan/],
    ["IMAGE_CORRUPT", "no frame", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), /frame/],
    [
      "IMAGE_CORRUPT",
      "no quantisation table",
      concat(file.subarray(0, find(file, 0xdb)), file.subarray(frame)),
      /decoded/,
    ],
    [
      "IMAGE_UNSUPPORTED",
      "CMYK without Adobe's marker",
      patched(fixture("cmyk.jpg"), find(fixture("cmyk.jpg"), 0xee) + 4, 0),
      /CMYK/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect((await expectCode(code, () => decode(bytes))).message).toMatch(message);
    });
  }

  it("refuses what needs more memory than allowed", async () => {
    // 1000×1000 pixels need 6 MB for the coefficients of 4:2:0 alone.
    const large = patched(file, frame + 5, ...uint16(1000), ...uint16(1000));
    expect((await expectCode("IMAGE_TOO_LARGE", () => decode(large, 4))).message).toMatch(/4 MiB/);
  });
});
