/** A tensor kept on the GPU, to be an input of later runs. */
import type { Resident } from "../graph/executor.js";
import type { Shape } from "../graph/graph.js";
import type { GpuDevice } from "./device.js";

export class DeviceTensor implements Resident {
  /** @param buffer Has COPY_SRC; disposed of with the tensor. */
  constructor(
    readonly shape: Shape,
    readonly buffer: GPUBuffer,
    private readonly device: GpuDevice,
  ) {}

  dispose(): void {
    this.device.destroyBuffer(this.buffer);
  }
}
