/** Pictures that the device has already, or that a browser copies there, as the words that a graph reads. */
import { shaders } from "../kernels/shaders.generated.js";
import { BufferUsage, TextureUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import { DeviceTensor } from "./device-tensor.js";

interface Size {
  width: number;
  height: number;
}

/** The sides of a workgroup of pack_texture.wgsl. */
const workgroupSide = 8;

export class PictureUploader {
  #pipeline: GPUComputePipeline | undefined;

  constructor(private readonly device: GpuDevice) {}

  /**
   * Copies what a browser holds, as it is at the call, converted to sRGB of 8 bits and straight alpha.
   * @returns The words of a picture of 8 bits a channel; undefined where the browser cannot copy this, or the picture
   * exceeds a limit of the device.
   * @throws DeviceError, by the promise.
   */
  upload(source: GPUCopyExternalImageSource, size: Size): Promise<DeviceTensor> | undefined {
    const { limits, queue } = this.device.raw;
    const { width, height } = size;
    const maxBytes = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
    if (Math.max(width, height) > limits.maxTextureDimension2D || 4 * width * height > maxBytes)
      return undefined;
    if (!queue.copyExternalImageToTexture) return undefined;

    let texture: GPUTexture | undefined;
    let isCopied = false;
    const packing = this.#pack(size, () => {
      texture = this.device.raw.createTexture({
        label: "picture",
        size,
        format: "rgba8unorm",
        usage: TextureUsage.COPY_DST | TextureUsage.RENDER_ATTACHMENT | TextureUsage.TEXTURE_BINDING,
      });
      queue.copyExternalImageToTexture(
        { source },
        { texture, colorSpace: "srgb", premultipliedAlpha: false },
        size,
      );
      isCopied = true;
      return texture;
    });
    const destroy = () => texture?.destroy();
    packing.then(destroy, destroy);
    return isCopied ? packing : undefined;
  }

  /**
   * Reads the first layer and level of a texture, as it is at the call.
   * @param texture Of this device, with TEXTURE_BINDING, in a format that reads as floats.
   * @throws DeviceError; GPU_VALIDATION for any other texture.
   */
  read(texture: GPUTexture): Promise<DeviceTensor> {
    return this.#pack(texture, () => texture);
  }

  /** Issues everything before it returns, so that the texture may change or go afterwards. */
  async #pack({ width, height }: Size, open: () => GPUTexture): Promise<DeviceTensor> {
    const { device } = this;
    let buffer: GPUBuffer | undefined;
    try {
      return await device.guard("Reading a picture", () => {
        const texture = open();
        buffer = device.createBuffer({
          label: "picture",
          size: 4 * width * height,
          usage: BufferUsage.STORAGE | BufferUsage.COPY_SRC,
        });
        const pipeline = this.#compile();
        const view = texture.createView({ dimension: "2d", mipLevelCount: 1, arrayLayerCount: 1 });
        const bindGroup = device.raw.createBindGroup({
          label: "pack_texture",
          layout: pipeline.getBindGroupLayout(0),
          entries: [
            { binding: 0, resource: view },
            { binding: 1, resource: { buffer } },
          ],
        });
        const encoder = device.raw.createCommandEncoder({ label: "pack_texture" });
        const pass = encoder.beginComputePass({ label: "pack_texture" });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(Math.ceil(width / workgroupSide), Math.ceil(height / workgroupSide));
        pass.end();
        device.raw.queue.submit([encoder.finish()]);
        return new DeviceTensor([1, height, width, 1], buffer, device);
      });
    } catch (error) {
      if (buffer) device.destroyBuffer(buffer);
      throw error;
    }
  }

  /** Not compiled asynchronously as the graphs' pipelines are: a video's frame would be gone when it is ready. */
  #compile(): GPUComputePipeline {
    const { raw } = this.device;
    this.#pipeline ??= raw.createComputePipeline({
      label: "pack_texture",
      layout: "auto",
      compute: {
        module: raw.createShaderModule({ label: "pack_texture", code: shaders.pack_texture }),
        entryPoint: "main",
      },
    });
    return this.#pipeline;
  }
}
