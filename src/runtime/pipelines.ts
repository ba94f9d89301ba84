/** Compute pipelines, each compiled once a device: keyed by shader, overrides and the access of its bindings. */
import type { Precision } from "../graph/half.js";
import type { Dispatch } from "../kernels/kernel.js";
import { type ShaderName, shaders } from "../kernels/shaders.generated.js";
import { ShaderStage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import { gpuError } from "./gpu-error.js";

export class PipelineCache {
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #modules = new Map<string, GPUShaderModule>();

  constructor(private readonly device: GpuDevice) {}

  /**
   * The pipeline of a dispatch, compiled asynchronously; requests for the same pipeline share one compilation.
   * @throws DeviceError (GPU_VALIDATION, GPU_INTERNAL) with the compiler's message.
   */
  get({ shader, overrides, bindings }: Dispatch): Promise<GPUComputePipeline> {
    const accesses = bindings.map(({ access }) => access);
    const precision = bindings.some(({ value }) => value?.dtype === "f16") ? "f16" : "f32";
    const key = JSON.stringify([shader, overrides, accesses, precision]);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(shader, overrides, accesses, precision);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  clear(): void {
    this.#pipelines.clear();
    this.#modules.clear();
  }

  async #compile(
    shader: ShaderName,
    overrides: Record<string, number>,
    accesses: readonly ("read" | "write")[],
    precision: Precision,
  ): Promise<GPUComputePipeline> {
    const { raw } = this.device;
    const entries: GPUBindGroupLayoutEntry[] = accesses.map((access, i) => ({
      binding: i + 1,
      visibility: ShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" : "storage" },
    }));
    entries.unshift({ binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: "uniform" } });
    try {
      return await raw.createComputePipelineAsync({
        label: shader,
        layout: raw.createPipelineLayout({
          label: shader,
          bindGroupLayouts: [raw.createBindGroupLayout({ label: shader, entries })],
        }),
        compute: { module: this.#module(shader, precision), entryPoint: "main", constants: overrides },
      });
    } catch (cause) {
      this.device.assertAlive();
      const { reason } = cause as GPUPipelineError;
      const code = reason === "validation" ? "GPU_VALIDATION" : "GPU_INTERNAL";
      const what = `Compiling ${shader}.wgsl with ${JSON.stringify(overrides)}`;
      const { messages } = await this.#module(shader, precision).getCompilationInfo();
      const compilerError = messages.find(({ type }) => type === "error");
      const place =
        compilerError && `line ${compilerError.lineNum} of the bundled shader: ${compilerError.message}`;
      throw gpuError(code, what, { message: place ?? (cause as Error).message });
    }
  }

  #module(shader: ShaderName, precision: Precision): GPUShaderModule {
    const key = `${shader} ${precision}`;
    let module = this.#modules.get(key);
    if (!module) {
      const code = precision === "f16" ? inHalf(shaders[shader]) : shaders[shader];
      module = this.device.raw.createShaderModule({ label: shader, code });
      this.#modules.set(key, module);
    }
    return module;
  }
}

/** A shader for tensors stored in half precision; see shaders/include/stored.wgsl. Lines keep their numbers. */
function inHalf(code: string): string {
  return `enable f16; ${code.replace("alias Stored = f32;", "alias Stored = f16;")}`;
}
