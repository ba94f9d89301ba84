/** What runs the networks of a model: a GPU device, or the CPU. */
import { AdapterError } from "../errors.js";
import type { Executor } from "../graph/executor.js";
import type { Precision } from "../graph/half.js";
import type { Reading } from "../graph/parameters.js";
import { type AdapterMode, GpuDevice, requestDevice } from "../runtime/device.js";
import { GpuExecutor } from "../runtime/executor.js";
import { PictureUploader } from "../runtime/picture-upload.js";
import { applyTuning } from "../tuning/store.js";
import { parseTuning, type TuningTable } from "../tuning/table.js";
import type { Platform } from "./platform.js";

export interface Backend {
  readonly kind: "webgpu" | "cpu";
  readonly adapter: string;
  readonly bytes: number;
  /** What networks are stored in. */
  readonly precision: Precision;
  /** The CPU has none. */
  readonly device?: GpuDevice;
  /** Brings pictures to the device; the CPU has none. */
  readonly uploader?: PictureUploader;
  executor(read: Reading): Executor;
  dispose(): void;
}

/** What is to run a model. */
export interface BackendOptions {
  /**
   * "auto" takes the best adapter there is, or the CPU where there is none; "hardware" and "software" insist on an
   * adapter of that kind; "cpu" runs without WebGPU.
   */
  adapter?: AdapterMode | "cpu";
  /** The caller's own device; it is used and never destroyed. */
  device?: GPUDevice;
  /**
   * "f16" stores feature maps and weights in half precision, which halves their memory, and computes in f32 all the
   * same; where the device has no shader-f16, or the CPU runs the model, they stay f32, and `onNotice` is told. By
   * default "f32".
   */
  precision?: Precision;
  /**
   * The fastest ways of computing convolutions on this adapter, as `model.tune` gave them; by default what it kept, and
   * `false` for none but those that the package knows. A table of another adapter is not used, and `onNotice` is told.
   */
  tuning?: TuningTable | false;
  /** Told what is not as asked for, such as that the CPU runs the model for want of an adapter; console.warn by default. */
  onNotice?: (message: string) => void;
}

/** @throws AdapterError when the adapter asked for cannot be had, InputError (INPUT_TUNING) for what is no table. */
export async function openBackend(
  platform: Platform,
  { adapter = "auto", device, precision = "f32", tuning, onNotice = console.warn }: BackendOptions,
): Promise<Backend> {
  const table = tuning && parseTuning(tuning);
  const backend = await openAny(platform, adapter, device, precision, onNotice);
  if (backend.precision !== precision) {
    onNotice(`bpclip: storing in f32: ${backend.adapter} cannot store in f16.`);
  }
  if (backend.device && table !== false) {
    await applyTuning(backend.device, table, platform.tunings, onNotice);
  }
  return backend;
}

async function openAny(
  platform: Platform,
  adapter: AdapterMode | "cpu",
  device: GPUDevice | undefined,
  precision: Precision,
  onNotice: (message: string) => void,
): Promise<Backend> {
  if (device) return gpuBackend(new GpuDevice(device, { owned: false }), precision);
  if (adapter === "cpu") return cpuBackend();
  try {
    return gpuBackend(await requestDevice(await platform.requestAdapter(adapter)), precision);
  } catch (error) {
    if (adapter !== "auto" || !(error instanceof AdapterError)) throw error;
    onNotice(`bpclip: running on the CPU, many times slower than a GPU. ${error.message} ${error.mend}`);
    return cpuBackend();
  }
}

function gpuBackend(device: GpuDevice, wanted: Precision): Backend {
  const precision = device.raw.features.has("shader-f16") ? wanted : "f32";
  return {
    kind: "webgpu",
    adapter: device.adapter,
    device,
    get bytes() {
      return device.bytes;
    },
    precision,
    uploader: new PictureUploader(device),
    executor: (read) => new GpuExecutor(device, read, precision),
    dispose: () => device.dispose(),
  };
}

async function cpuBackend(): Promise<Backend> {
  // Few pages run on the CPU, and a bundler can leave it to them.
  const { CpuExecutor } = await import("../reference/executor.js");
  const { kind, adapter } = new CpuExecutor(() => new Float32Array());
  return {
    kind,
    adapter,
    bytes: 0,
    precision: "f32",
    executor: (read) => new CpuExecutor(read),
    dispose() {},
  };
}
