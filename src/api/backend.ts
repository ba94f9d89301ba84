/** What runs the networks of a model: a GPU device, or the CPU. */
import { AdapterError } from "../errors.js";
import type { Executor } from "../graph/executor.js";
import type { ReadTensor } from "../graph/parameters.js";
import { CpuExecutor } from "../reference/executor.js";
import { type AdapterMode, GpuDevice, requestDevice } from "../runtime/device.js";
import { GpuExecutor } from "../runtime/executor.js";
import type { Platform } from "./platform.js";

export interface Backend {
  readonly kind: "webgpu" | "cpu";
  readonly adapter: string;
  readonly bytes: number;
  executor(read: ReadTensor): Executor;
  dispose(): void;
}

export interface BackendOptions {
  /**
   * "auto" takes the best adapter there is, or the CPU where there is none; "hardware" and "software" insist on an
   * adapter of that kind; "cpu" runs without WebGPU.
   */
  adapter?: AdapterMode | "cpu";
  /** The caller's own device; it is used and never destroyed. */
  device?: GPUDevice;
  /** Told when the CPU runs the model for want of an adapter; console.warn by default. */
  onNotice?: (message: string) => void;
}

/** @throws AdapterError when the adapter asked for cannot be had. */
export async function openBackend(
  platform: Platform,
  { adapter = "auto", device, onNotice = console.warn }: BackendOptions,
): Promise<Backend> {
  if (device) return gpuBackend(new GpuDevice(device, { owned: false }));
  if (adapter === "cpu") return cpuBackend();
  try {
    return gpuBackend(await requestDevice(await platform.requestAdapter(adapter)));
  } catch (error) {
    if (adapter !== "auto" || !(error instanceof AdapterError)) throw error;
    onNotice(`bpclip: running on the CPU, many times slower than a GPU. ${error.message} ${error.mend}`);
    return cpuBackend();
  }
}

function gpuBackend(device: GpuDevice): Backend {
  return {
    kind: "webgpu",
    adapter: device.adapter,
    get bytes() {
      return device.bytes;
    },
    executor: (read) => new GpuExecutor(device, read),
    dispose: () => device.dispose(),
  };
}

function cpuBackend(): Backend {
  const { kind, adapter } = new CpuExecutor(() => new Float32Array());
  return { kind, adapter, bytes: 0, executor: (read) => new CpuExecutor(read), dispose() {} };
}
