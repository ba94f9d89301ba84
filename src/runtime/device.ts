/** A GPUDevice with what the runtime adds to it: its limits, a count of its buffers' bytes, and typed errors. */
import { AdapterError } from "../errors.js";
import type { Capabilities } from "../kernels/kernel.js";
import { shippedTuning } from "../tuning/shipped.js";
import { winners } from "../tuning/table.js";
import { BufferUsage, MapMode } from "./constants.js";
import { gpuError, lostError } from "./gpu-error.js";
import { PipelineCache } from "./pipelines.js";

/** Which adapter to take: a real GPU if there is one, only a real GPU, or only a software one. */
export type AdapterMode = "auto" | "hardware" | "software";

const wantedLimits = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupSizeX",
  "maxTextureDimension2D",
] as const;

/** For profiles, half precision and quads; they cost nothing where they are not used. */
const wantedFeatures = ["timestamp-query", "shader-f16", "subgroups"] as const;

/** Whether an adapter runs on the CPU (llvmpipe, SwiftShader, WARP). */
export function isSoftware(info: GPUAdapterInfo): boolean {
  const software = /llvmpipe|swiftshader|software|basic render/i;
  return software.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

/**
 * Asks an adapter for a device with the limits it has above WebGPU's defaults.
 * @param limits "default" leaves every limit at WebGPU's default, to prove that nothing needs more.
 * @throws AdapterError (NO_DEVICE) when the adapter refuses.
 */
export async function requestDevice(
  adapter: GPUAdapter,
  limits: "adapter" | "default" = "adapter",
): Promise<GpuDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  try {
    const device = await adapter.requestDevice({
      label: "bpclip",
      ...(limits === "adapter" && { requiredLimits }),
      requiredFeatures: wantedFeatures.filter((name) => adapter.features.has(name)),
    });
    return new GpuDevice(device, { owned: true });
  } catch (cause) {
    throw new AdapterError(
      "NO_DEVICE",
      `The adapter "${adapterName(adapter.info)}" gave no device: ${messageOf(cause)}`,
      "Update the graphics driver, or choose another adapter; `bpclip doctor` shows what there is.",
      { cause },
    );
  }
}

export class GpuDevice {
  readonly adapter: string;
  readonly capabilities: Capabilities;
  readonly pipelines: PipelineCache;
  #bytes = 0;
  #lost: GPUDeviceLostInfo | undefined;

  /** @param owned Whether `dispose` destroys the device; a caller's own device is never destroyed. */
  constructor(
    readonly raw: GPUDevice,
    private readonly options: { owned: boolean },
  ) {
    const info = raw.adapterInfo;
    this.adapter = adapterName(info);
    const family = familyOf(info);
    this.capabilities = {
      family,
      tuning: winners(shippedTuning[family] ?? {}),
      maxWorkgroupsPerDimension: raw.limits.maxComputeWorkgroupsPerDimension,
      maxInvocationsPerWorkgroup: raw.limits.maxComputeInvocationsPerWorkgroup,
      maxWorkgroupStorageBytes: raw.limits.maxComputeWorkgroupStorageSize,
      maxBindingBytes: raw.limits.maxStorageBufferBindingSize,
      subgroups: raw.features.has("subgroups"),
    };
    this.pipelines = new PipelineCache(this);
    raw.lost.then((lost) => {
      this.#lost = lost;
    });
  }

  /** Bytes of all buffers that exist on this device through this object. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Creates a buffer and counts it; `destroyBuffer` gives it back. */
  createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer {
    this.assertAlive();
    const buffer = this.raw.createBuffer(descriptor);
    this.#bytes += buffer.size;
    return buffer;
  }

  destroyBuffer(buffer: GPUBuffer): void {
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  /** A storage buffer that holds `data`. */
  upload(label: string, data: Float32Array | Uint32Array | Uint16Array): GPUBuffer {
    const size = Math.max(4, data.byteLength);
    const buffer = this.createBuffer({ label, size, usage: BufferUsage.STORAGE, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    buffer.unmap();
    return buffer;
  }

  /** @throws DeviceError (DEVICE_LOST) when the device is gone. */
  assertAlive(): void {
    if (this.#lost) throw lostError(this.#lost);
  }

  /**
   * Issues GPU commands and turns what WebGPU reports of them into a typed error.
   * @throws DeviceError (GPU_VALIDATION, GPU_OUT_OF_MEMORY, GPU_INTERNAL, DEVICE_LOST). WebGPU's own message names
   * the op, since every buffer, bind group and pipeline is labelled with it.
   */
  async guard<T>(what: string, commands: () => T): Promise<T> {
    this.assertAlive();
    const scopes = ["GPU_INTERNAL", "GPU_VALIDATION", "GPU_OUT_OF_MEMORY"] as const;
    const filters = ["internal", "validation", "out-of-memory"] as const;
    for (const filter of filters) this.raw.pushErrorScope(filter);
    let reports: Promise<(GPUError | null)[]>;
    let result: T;
    try {
      result = commands();
    } finally {
      reports = Promise.all(filters.map(() => this.raw.popErrorScope())).catch(() => []);
    }
    // Scopes are a stack: the last pushed reports first.
    const errors = (await reports).toReversed();
    this.assertAlive();
    for (const [i, error] of errors.entries()) if (error) throw gpuError(scopes[i], what, error);
    return result;
  }

  /**
   * Copies a buffer's bytes to the CPU.
   * @param staging A MAP_READ buffer that earlier commands have copied into.
   * @throws DeviceError (DEVICE_LOST, GPU_INTERNAL).
   */
  async read(staging: GPUBuffer): Promise<ArrayBuffer> {
    try {
      await staging.mapAsync(MapMode.READ);
    } catch (cause) {
      // `lost` settles a little after the promises that the loss rejects.
      await Promise.race([this.raw.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.assertAlive();
      throw gpuError("GPU_INTERNAL", `Reading ${staging.label}`, cause as Error);
    }
    const bytes = staging.getMappedRange().slice(0);
    staging.unmap();
    return bytes;
  }

  /** Forgets the pipelines, and destroys the device if it is ours. */
  dispose(): void {
    this.pipelines.clear();
    if (this.options.owned) this.raw.destroy();
  }
}

function adapterName(info: GPUAdapterInfo): string {
  return (
    info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(" ") || "unnamed"
  );
}

/** The family that tables of measured winners are looked up by. */
function familyOf(info: GPUAdapterInfo): string {
  const text = `${info.description} ${info.architecture} ${info.vendor}`.toLowerCase();
  return ["llvmpipe", "swiftshader"].find((name) => text.includes(name)) ?? (info.vendor || "unknown");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
