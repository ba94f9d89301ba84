/** Large pictures on the adapter under test, at WebGPU's default limits: shrunk by the default policy, and in tiles. */
import { expect, test } from "vitest";
import type { ImageInput } from "../../src/api/image-input.js";
import { resize } from "../../src/image/resize.js";
import { loadModel } from "../../src/node/index.js";
import { TextureUsage } from "../../src/runtime/constants.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { describeGpu, testDevice, testsLong } from "../support/gpu.js";
import { seededDistorted, seededPicture } from "../support/seeded.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));
const fr = seededCheckpoint(smallConfig({ name: "tiny-fr", mode: "fr" }));
const native = { native: true };

const open = async () => loadModel({ nr, fr }, { device: (await testDevice()).raw });

describeGpu("a picture in tiles", () => {
  const rgb = (data: Uint8Array, width: number, height: number): ImageInput => ({
    ...{ width, height, channels: 3, data },
  });

  test("scores as on the CPU, alone and against a reference", async () => {
    const gpu = await open();
    const cpu = await loadModel({ nr, fr }, { adapter: "cpu" });
    const [width, height] = [600, 70];
    const image = rgb(seededPicture(height, width, 1), width, height);
    const other = rgb(seededDistorted(height, width, 1), width, height);
    const score = await gpu.score(image, native);
    expect(score.policy).toBe("native, 2 tiles of 352x70");
    expect(score.score).toBeCloseTo((await cpu.score(image, native)).score, 4);
    const pair = await gpu.compare(image, other, native);
    expect(pair.score).toBeCloseTo((await cpu.compare(image, other, native)).score, 4);
    gpu.dispose();
    cpu.dispose();
  });

  test("may be a texture, and leaves nothing behind", async () => {
    const model = await open();
    const { raw } = await testDevice();
    const [width, height] = [600, 40];
    const rows = seededPicture(height, width, 1);
    const data = Uint8Array.from({ length: 4 * width * height }, (_, i) =>
      i % 4 === 3 ? 255 : rows[3 * Math.floor(i / 4) + (i % 4)],
    );
    const texture = raw.createTexture({
      size: [width, height],
      format: "rgba8unorm",
      usage: TextureUsage.COPY_DST | TextureUsage.TEXTURE_BINDING,
    });
    raw.queue.writeTexture({ texture }, data, { bytesPerRow: 4 * width }, [width, height]);
    const { score } = await model.score({ width, height, data }, native);
    const { bytes } = model;
    expect((await model.score(texture, native)).score).toBe(score);
    expect(model.bytes).toBe(bytes);
    texture.destroy();
    model.dispose();
  });
});

/** The largest camera pictures that are promised to work. */
const [width, height] = [6000, 4000];

/** A picture of 8-bit RGBA that repeats one of 500×500. */
function large(draw: (height: number, width: number, seed: number) => Uint8Array): Uint8Array {
  const side = 500;
  const rgb = draw(side, side, 1);
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * ((y % side) * side + (x % side));
      const to = 4 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) data[to + channel] = rgb[from + channel];
    }
  }
  return data;
}

let drawn: ReturnType<typeof draw> | undefined;

function draw() {
  const [original, damaged] = [large(seededPicture), large(seededDistorted)];
  const shrunk = (data: Uint8Array) => resize({ width, height, data }, 768, 512);
  return { original, damaged, shrunkOriginal: shrunk(original), shrunkDamaged: shrunk(damaged) };
}

/** The pictures and what the CPU shrinks them to; drawn when first wanted, as they are large. */
function pictures() {
  drawn ??= draw();
  return drawn;
}

/** A software adapter takes minutes; elsewhere than on the system's driver, in Node, nothing else would be seen. */
const testLarge = test.skipIf(!testsLong);

describeGpu("24 megapixels", () => {
  const of = (data: Uint8Array | Uint16Array): ImageInput => ({ width, height, data });

  testLarge("are shrunk as on the CPU, alone and against a reference", async () => {
    const model = await open();
    const { original, damaged, shrunkOriginal, shrunkDamaged } = pictures();
    const score = await model.score(of(original));
    expect(score.policy).toBe("bicubic to 768x512");
    expect(score.score).toBe((await model.score(shrunkOriginal)).score);
    const pair = await model.compare(of(original), of(damaged));
    expect(pair.score).toBe((await model.compare(shrunkOriginal, shrunkDamaged)).score);
    model.dispose();
  });

  testLarge("of 16 bits, more than a binding holds, are shrunk alike", async () => {
    const model = await open();
    const { original, damaged, shrunkOriginal, shrunkDamaged } = pictures();
    const [image, other] = [original, damaged].map((data) =>
      of(Uint16Array.from(data, (value) => value * 257)),
    );
    // They are not rounded to 8 bits on the way, which moves a value by 1/255 at most.
    const { score } = await model.score(image);
    expect(score).toBeCloseTo((await model.score(shrunkOriginal)).score, 2);
    const profile = await model.profile(image, { runs: 1 });
    expect(profile.score).toBe(score);
    // The six bands are resized in two steps each; then the picture is normalised.
    expect(profile.layers.find(({ name }) => name === "image")?.steps).toBe(6 * 2 + 1);
    const pair = await model.compare(image, other);
    expect(pair.score).toBeCloseTo((await model.compare(shrunkOriginal, shrunkDamaged)).score, 2);
    model.dispose();
  });

  testLarge("are judged in tiles, of which one is on the device at once", async () => {
    const model = await open();
    let most = 0;
    const onProgress = () => {
      most = Math.max(most, model.bytes);
    };
    const score = await model.score(of(pictures().original), { native: true, onProgress });
    expect(score.policy).toBe("native, 117 tiles of 544x512");
    expect(Number.isFinite(score.score)).toBe(true);
    // Less than the 92 MiB of the picture itself.
    expect(most).toBeLessThan(64 * 2 ** 20);
    model.dispose();
  });
});
