/** WebGPU in Node: Dawn, through the optional package `webgpu`; and in Deno, which has its own. */
import { webPlatform } from "../api/web-platform.js";
import { AdapterError } from "../errors.js";
import { type AdapterMode, isSoftware } from "../runtime/device.js";

/**
 * Dawn's entry points, one for each adapter filter that was asked for. They are made once and kept: making one
 * again in the same process has been seen to crash.
 */
const entries = new Map<string, Promise<GPU>>();

/** The names by which Dawn finds software adapters, the faster first. */
const softwareAdapters = ["llvmpipe", "SwiftShader"];

const disabledFeatures = [
  // Timestamps to the nanosecond, for profiles: Dawn coarsens them against the web's pages, and Node has none.
  "timestamp_quantization",
  // Workgroup memory is zeroed by a loop instead: SwiftShader compiles a store for each of the extension's words, which
  // takes it seconds for an attention's.
  "use_vulkan_zero_initialize_workgroup_memory_extension",
];

const enabledFeatures = [
  // Indices are not clamped: no shaders but this package's run on these devices, and of them test/bounds proves that they
  // stay inside what is bound. Clamping takes a tenth of ResNet50's CPU time on SwiftShader, and some on llvmpipe.
  "disable_robustness",
];

/**
 * An adapter of the wanted kind.
 * @throws AdapterError NO_WEBGPU when the runtime has no WebGPU of its own and the package `webgpu` is missing or does
 * not load, NO_ADAPTER when there is no such adapter.
 */
export async function requestNodeAdapter(mode: AdapterMode): Promise<GPUAdapter> {
  if (globalThis.navigator?.gpu) return webPlatform.requestAdapter(mode);
  const filters = mode === "software" ? softwareAdapters : [""];
  for (const filter of filters) {
    const gpu = await dawn(filter);
    // Dawn throws, instead of giving null, where a filter matches no driver.
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
    if (adapter && (mode === "auto" || isSoftware(adapter.info) === (mode === "software"))) return adapter;
  }
  throw new AdapterError(
    "NO_ADAPTER",
    mode === "auto" ? "There is no WebGPU adapter." : `There is no ${mode} WebGPU adapter.`,
    "Install a Vulkan driver (on Debian and Ubuntu: mesa-vulkan-drivers, Mesa 25 or later), or use the CPU executor.",
  );
}

function dawn(filter: string): Promise<GPU> {
  let entry = entries.get(filter);
  if (!entry) {
    entry = create(filter);
    entries.set(filter, entry);
  }
  return entry;
}

async function create(filter: string): Promise<GPU> {
  try {
    const { create } = await import("webgpu");
    const options = [
      `enable-dawn-features=${enabledFeatures.join()}`,
      `disable-dawn-features=${disabledFeatures.join()}`,
    ];
    return create(filter ? [`adapter=${filter}`, ...options] : options);
  } catch (cause) {
    throw new AdapterError(
      "NO_WEBGPU",
      `The package "webgpu" does not load: ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`,
      "Install it with `npm install webgpu` (Linux needs glibc 2.35 or later), or use the CPU executor.",
      { cause },
    );
  }
}
