/** A caller's texture as a picture, in every runtime with WebGPU: its pixels must come through bit by bit. */
import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { TextureUsage } from "../../src/runtime/constants.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice } from "../support/gpu.js";
import { noise } from "../support/seeded.js";

const checkpoint = seededCheckpoint(smallConfig());
/** Neither is a multiple of a workgroup's side. */
const [width, height] = [61, 37];
const at = noise("texture", 1);
/** Of every value and every alpha. */
const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => at(i) >>> 24);

async function textureOf(
  format: GPUTextureFormat,
  bytes: Uint8Array<ArrayBuffer>,
  usage: number,
): Promise<GPUTexture> {
  const { raw } = await testDevice();
  const texture = raw.createTexture({ size: [width, height], format, usage });
  raw.queue.writeTexture({ texture }, bytes, { bytesPerRow: 4 * width }, [width, height]);
  return texture;
}

describeGpu("a caller's texture", () => {
  const { COPY_DST, TEXTURE_BINDING } = TextureUsage;
  const readable = COPY_DST | TEXTURE_BINDING;

  test("scores as its pixels do, and is not destroyed", async () => {
    const model = await loadModel(checkpoint, { device: (await testDevice()).raw });
    const { score } = await model.score({ width, height, data });
    const swapped = data.map((_, i) => data[i % 4 === 3 ? i : i - (i % 4) + 2 - (i % 4)]);
    const textures = [
      await textureOf("rgba8unorm", data, readable),
      await textureOf("bgra8unorm", swapped, readable),
    ];
    const { bytes } = model;
    for (const texture of [...textures, ...textures]) {
      expect((await model.score(texture)).score, texture.format).toBe(score);
      expect(model.bytes).toBe(bytes);
    }
    for (const texture of textures) texture.destroy();
    model.dispose();
  });

  test("is refused where it cannot be read", async () => {
    const model = await loadModel(checkpoint, { device: (await testDevice()).raw });
    const { bytes } = model;
    const wrong = [
      await textureOf("rgba8unorm-srgb", data, readable),
      await textureOf("rgba8unorm", data, COPY_DST),
    ];
    const destroyed = await textureOf("rgba8unorm", data, readable);
    destroyed.destroy();
    for (const texture of [...wrong, destroyed])
      await expectCode("INPUT_TEXTURE", () => model.score(texture));
    expect(model.bytes).toBe(bytes);
    const cpu = await loadModel(checkpoint, { adapter: "cpu" });
    await expectCode("INPUT_TEXTURE", () => cpu.score(wrong[1]));
    for (const texture of wrong) texture.destroy();
    model.dispose();
    cpu.dispose();
  });
});
