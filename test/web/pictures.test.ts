/**
 * Pictures in every form that a browser has, on a GPU and on the CPU. Whatever its way, the same picture must give the
 * same bits of the score: nothing on the way may change a pixel. 1e-4 is what two executors of a network may differ by,
 * and what a conversion that two parts of a browser round differently may do.
 */
import jpeg from "jpeg-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { exif, withSegments } from "../image/files.js";
import { type Server, serve } from "../support/server.js";
import { describeWeb, openPage, png, type TestPage, weights } from "./browser.js";
import { badInputs, convertedInputs, pageInputs, textureInputs } from "./inputs.js";
import { fromDisplayP3, height, muted, pattern, width } from "./pattern.js";

const executors = 1e-4;

const alphas = ["opaque", "transparent"] as const;
type Keys<T> = (keyof T)[];
const pageKinds = Object.keys(pageInputs) as Keys<typeof pageInputs>;
const textureKinds = Object.keys(textureInputs) as Keys<typeof textureInputs>;
const convertedKinds = Object.keys(convertedInputs) as Keys<typeof convertedInputs>;
const badKinds = Object.keys(badInputs) as Keys<typeof badInputs>;

const shownSizes: Record<keyof typeof convertedInputs, number[]> = {
  "VideoFrame, I420": [width, height],
  "VideoFrame, stretched": [160, 90],
  "VideoFrame, turned": [height, width],
  "HTMLImageElement, SVG": [80, 60],
};

const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60">
<rect width="50" height="60" fill="teal"/><circle cx="45" cy="30" r="20" fill="orange" opacity="0.7"/></svg>`;

/** Squares of 8×8 pixels of one colour each, which every decoder reads alike but for the rounding of the colours. */
const blocks = new Uint8Array(4 * width * height).map((_, i) => {
  const [x, y] = [((i >> 2) % width) >> 3, Math.floor((i >> 2) / width) >> 3];
  return (i & 3) === 3 ? 255 : (x * 20 + (i & 3) * 40 + (x < 3 ? y * 15 : 0)) & 255;
});
const plainJpeg = new Uint8Array(jpeg.encode({ width, height, data: blocks }, 100).data);
const turned = (orientation: number) =>
  withSegments(plainJpeg, [0xe1, Uint8Array.from([...Buffer.from("Exif\0\0"), ...exif(orientation, true)])]);

const source = { nr: "/nr.safetensors", fr: "/fr.safetensors" };

describeWeb("pictures in a browser", () => {
  let page: TestPage;
  let elsewhere: Server;
  const node = loadModel(weights, { adapter: "cpu" });
  const inNode = async (alpha: (typeof alphas)[number]) => (await (await node).score(pattern(alpha))).score;

  beforeAll(async () => {
    page = await openPage({ "/6.jpg": turned(6), "/8.jpg": turned(8), "/drawing.svg": drawing });
    elsewhere = await serve({ "/opaque.png": png("opaque") });
  });
  afterAll(async () => {
    await page?.close();
    await elsewhere?.close();
  });

  test("the CPU gives each the score that Node gives the pixels", async () => {
    expect(await page.call("load", source, { adapter: "cpu" })).toBe("cpu");
    for (const alpha of alphas) {
      const expected = await inNode(alpha);
      for (const kind of pageKinds) {
        expect(await page.call("score", kind, alpha), `${kind}, ${alpha}`).toBe(expected);
      }
    }
    for (const kind of textureKinds) {
      await expect(page.call("score", kind, "opaque")).rejects.toThrow("the CPU runs this model");
    }
  });

  test("a GPU gives each the score that it gives the pixels, which is the CPU's", async () => {
    expect(await page.call("load", source)).toBe("webgpu");
    for (const alpha of alphas) {
      const raw = await page.call("score", "raw", alpha);
      expect(Math.abs(raw - (await inNode(alpha)))).toBeLessThan(executors);
      for (const kind of [...pageKinds, ...textureKinds]) {
        expect(await page.call("score", kind, alpha), `${kind}, ${alpha}`).toBe(raw);
      }
    }
  });

  test.each(convertedKinds)(
    "%s is read as a canvas shows it, at the size at which it is shown",
    async (kind) => {
      const { score, shown, size } = await page.call("scoreConverted", kind);
      expect(size).toEqual(shownSizes[kind]);
      expect(Math.abs(score - shown)).toBeLessThan(executors);
    },
  );

  test("a canvas wider than a texture may be is drawn instead of copied", async () => {
    const [canvas, pixels] = await page.call("scoreTooWide");
    expect(canvas).toBe(pixels);
  });

  test("pairs of any kinds are compared, also with a kept reference", async () => {
    const { score } = await (await node).compare(pattern("opaque"), pattern("transparent"));
    const kinds = ["ImageBitmap", "Blob", "GPUTexture, bgra8unorm"] as const;
    for (const kind of kinds) {
      for (const other of await page.call("compare", kind, "VideoFrame")) {
        expect(Math.abs(other - score), kind).toBeLessThan(executors);
      }
    }
  });

  test("a picture is read before the call returns", async () => {
    const raw = await page.call("score", "raw", "opaque");
    expect(await page.call("scoreInPassing")).toEqual([raw, raw, raw, raw]);
  });

  test.each([6, 8])("EXIF orientation %i is applied, of files and of images", async (orientation) => {
    const { score } = await (await node).score(turned(orientation));
    const others = await Promise.all([1, 6, 8].map(async (o) => (await (await node).score(turned(o))).score));
    for (const as of ["URL", "HTMLImageElement"] as const) {
      const [turnedScore, ...size] = await page.call("scoreFile", `/${orientation}.jpg`, as);
      expect(size).toEqual([height, width]);
      const distances = others.map((other) => Math.abs(other - turnedScore));
      expect(others[distances.indexOf(Math.min(...distances))]).toBe(score);
    }
  });

  test("pixels and canvases in Display P3 are converted to sRGB", async () => {
    const { score } = await (await node).score(fromDisplayP3(muted()));
    const unconverted = (await (await node).score(muted())).score;
    for (const kind of ["ImageData", "OffscreenCanvas"] as const) {
      // A browser may round the conversion of a colour one step away from the exact one.
      const found = await page.call("scoreWide", kind);
      expect(Math.abs(found - score), kind).toBeLessThan(Math.abs(unconverted - score) / 20);
    }
  });

  test.each(badKinds)("%s is refused, with a mend", async (kind) => {
    const [code, mend] = await page.call("refuse", kind, `${elsewhere.url}/opaque.png`);
    expect(code).toBe(badInputs[kind][0]);
    expect(mend).not.toBe("");
  });

  test("50 frames leave no GPU bytes behind", async () => {
    const bytes = await page.call("watch", 50);
    expect(new Set(bytes.slice(1)).size).toBe(1);
  });

  test("a lost device is DEVICE_LOST, and a model loaded anew works", async () => {
    const raw = await page.call("score", "raw", "opaque");
    expect(await page.call("lose")).toEqual(["DEVICE_LOST", "DEVICE_LOST", "DEVICE_LOST"]);
    await page.call("loadAnew", source);
    expect(await page.call("score", "ImageBitmap", "opaque")).toBe(raw);
  });
});
