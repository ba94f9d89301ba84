import { it } from "vitest";
import { resampleTaps } from "../../src/image/resample.js";
import { checkOp, type TestTensor } from "../support/check-op.js";
import type { Tolerance } from "../support/close.js";
import { describeGpu } from "../support/gpu.js";
import { integer, pick, type Random, random } from "../support/random.js";

const seed = 20261123;

// A copy rounds nothing.
const exact: Tolerance = { absolute: 0, relative: 0 };

// Numbers in [0, 1], or sums of a dozen of them, rounded a few times by 2⁻²⁴; a step of 8 bits is 4000 times as much.
const tolerance: Tolerance = { absolute: 1e-6, relative: 1e-6 };

/**
 * Taps with random starts and weights k/256 for an axis of `length`, with which sums often lie just at half a step of 8
 * bits. Weights past the end are 0, as in `resampleTaps`.
 */
function randomTaps(draw: Random, length: number, outLength: number, count: number): TestTensor {
  const rows = Array.from({ length: outLength }, () => {
    const start = integer(draw, 0, length - 1);
    const weights = Array.from({ length: count }, (_, t) =>
      start + t < length ? integer(draw, -10, 70) / 256 : 0,
    );
    return [start, ...weights];
  });
  return { shape: [outLength, 1 + count], data: Float32Array.from(rows.flat()), parameter: true };
}

/** Pillow's taps in the layout of the op. */
function pillowTaps(from: number, to: number): TestTensor {
  const { count, start, weights } = resampleTaps(from, to, "bicubic");
  const rows = Array.from({ length: to }, (_, o) => [
    start[o],
    ...weights.subarray(o * count, (o + 1) * count),
  ]);
  return { shape: [to, 1 + count], data: Float32Array.from(rows.flat()), parameter: true };
}

/** Pixels of random words; with `opaque`, alpha is 0 or full, so that the picture over white keeps its 8 bits. */
function randomPixels(
  draw: Random,
  height: number,
  width: number,
  depth: 8 | 16,
  opaque: boolean,
): TestTensor {
  const words = depth / 8;
  const data = Uint32Array.from({ length: height * width * words }, () => integer(draw, 0, 2 ** 32 - 1));
  for (let i = words - 1; opaque && i < data.length; i += words) {
    const mask = depth === 8 ? 0xff000000 : 0xffff0000;
    data[i] = draw() < 0.7 ? data[i] | mask : data[i] & ~mask;
  }
  return { shape: [1, height, width, words], data };
}

describeGpu("decodePixels", () => {
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8];

  it.each(orientations)("turns orientation %i upright, 8 and 16 bits", async (orientation) => {
    const draw = random(seed);
    for (const depth of [8, 16] as const) {
      for (const [height, width] of [
        [5, 7],
        [1, 9],
        [9, 1],
        [1, 1],
        [13, 8],
      ]) {
        const x = randomPixels(draw, height, width, depth, false);
        await checkOp("decodePixels", { x }, { orientation, round8: depth === 8 }, tolerance);
        const taps = pillowTaps(orientation >= 5 ? height : width, 4);
        await checkOp("decodePixels", { x, taps }, { orientation, round8: false }, tolerance);
      }
    }
  });

  it(`decodes 200 random pictures (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const depth = pick(draw, [8, 16] as const);
      const [height, width] = [integer(draw, 1, 12), integer(draw, 1, 12)];
      const orientation = pick(draw, orientations);
      const upright = orientation >= 5 ? height : width;
      const round8 = depth === 8;
      const x = randomPixels(draw, height, width, depth, round8);
      const taps =
        draw() < 0.7 ? randomTaps(draw, upright, integer(draw, 1, 12), integer(draw, 1, 6)) : undefined;
      await checkOp("decodePixels", { x, taps }, { orientation, round8 }, tolerance, seed + i);
    }
  });
});

describeGpu("resample", () => {
  /** A map of multiples of 1/255. */
  const eightBits = (draw: Random, shape: number[]): TestTensor => {
    const size = shape.reduce((product, side) => product * side);
    return { shape, data: Float32Array.from({ length: size }, () => integer(draw, 0, 255) / 255) };
  };

  it.each(["height", "width"] as const)("resizes the %s by Pillow's taps", async (axis) => {
    for (const shape of [
      [1, 40, 33, 3],
      [2, 7, 9, 1],
      [1, 1, 1, 3],
      [1, 17, 1, 4],
    ]) {
      for (const to of [1, 5, 50]) {
        const taps = pillowTaps(axis === "height" ? shape[1] : shape[2], to);
        await checkOp("resample", { x: { shape }, taps }, { axis, round8: false }, tolerance);
      }
    }
  });

  it(`resizes 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const shape = [integer(draw, 1, 2), integer(draw, 1, 12), integer(draw, 1, 12), integer(draw, 1, 5)];
      const axis = pick(draw, ["height", "width"] as const);
      const length = axis === "height" ? shape[1] : shape[2];
      const taps = randomTaps(draw, length, integer(draw, 1, 12), integer(draw, 1, 6));
      const round8 = draw() < 0.5;
      await checkOp("resample", { x: eightBits(draw, shape), taps }, { axis, round8 }, tolerance, seed + i);
    }
  });
});

describeGpu("crop", () => {
  const check = (shape: number[], top: number, left: number, height: number, width: number, drawn = 1) =>
    checkOp("crop", { x: { shape } }, { top, left, height, width }, exact, drawn);

  it.each([
    [0, 0, 9, 11],
    [8, 10, 1, 1],
    [2, 3, 5, 7],
    [0, 4, 9, 1],
    [4, 0, 1, 11],
  ])("crops at (%i, %i) to %i×%i", (top, left, height, width) =>
    check([2, 9, 11, 3], top, left, height, width),
  );

  it(`crops 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      const [h, w] = [integer(draw, 1, 12), integer(draw, 1, 12)];
      const [top, left] = [integer(draw, 0, h - 1), integer(draw, 0, w - 1)];
      const shape = [integer(draw, 1, 2), h, w, integer(draw, 1, 6)];
      await check(shape, top, left, integer(draw, 1, h - top), integer(draw, 1, w - left), seed + i);
    }
  });
});

describeGpu("normalize", () => {
  const check = (rows: number[], channels: number, drawn = 1) => {
    const draw = random(drawn);
    const mean = Array.from({ length: channels }, () => draw());
    const std = Array.from({ length: channels }, () => 0.2 + draw());
    return checkOp(
      "normalize",
      { x: { shape: [...rows, channels], range: [0, 1] } },
      { mean, std },
      tolerance,
      drawn,
    );
  };

  it.each([1, 2, 3, 4])("normalises %i channels", async (channels) => {
    await check([1, 5, 7], channels);
    await check([1, 1, 1], channels);
    await check([2, 33, 1], channels);
  });

  it(`normalises 200 random maps (seed ${seed})`, async () => {
    const draw = random(seed);
    for (let i = 0; i < 200; i++) {
      await check(
        [integer(draw, 1, 2), integer(draw, 1, 9), integer(draw, 1, 9)],
        integer(draw, 1, 4),
        seed + i,
      );
    }
  });
});
