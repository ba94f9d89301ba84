/** A tensor kept on the GPU, to be an input of later runs. */
import type { Resident } from "../graph/executor.js";
import type { Shape } from "../graph/graph.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";

export class DeviceTensor implements Resident {
  /** @param buffer Has COPY_SRC; disposed of with the tensor. */
  constructor(
    readonly shape: Shape,
    readonly buffer: GPUBuffer,
    private readonly device: GpuDevice,
  ) {}

  /**
   * Copies a part of a map 1×H×W×C of 32-bit numbers.
   * @throws DeviceError.
   */
  async crop(part: { left: number; top: number; width: number; height: number }): Promise<DeviceTensor> {
    const { device } = this;
    const { left, top, width, height } = part;
    const [, , mapWidth, channels] = this.shape;
    const pixelBytes = 4 * channels;
    const lineBytes = width * pixelBytes;
    let buffer: GPUBuffer | undefined;
    try {
      return await device.guard("Cropping a picture", () => {
        buffer = device.createBuffer({
          label: "part of a picture",
          size: height * lineBytes,
          usage: BufferUsage.COPY_SRC | BufferUsage.COPY_DST,
        });
        const encoder = device.raw.createCommandEncoder({ label: "crop" });
        for (let row = 0; row < height; row++) {
          const from = ((top + row) * mapWidth + left) * pixelBytes;
          encoder.copyBufferToBuffer(this.buffer, from, buffer, row * lineBytes, lineBytes);
        }
        device.raw.queue.submit([encoder.finish()]);
        return new DeviceTensor([1, height, width, channels], buffer, device);
      });
    } catch (error) {
      if (buffer) device.destroyBuffer(buffer);
      throw error;
    }
  }

  dispose(): void {
    this.device.destroyBuffer(this.buffer);
  }
}
