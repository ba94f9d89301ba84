/** The engines that are compared on a platform, and how the process of each is started. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Capabilities } from "../../../src/kernels/kernel.js";
import { unpackSwiftShader } from "../../../test/support/swiftshader.js";
import type { Command } from "./child.js";
import type { Network } from "./network.js";
import { cacheFolder, checkpointOf, onnxOf } from "./networks.js";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Where Vulkan's loader looks for drivers on Linux. */
const driverFolders = ["/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/share/vulkan/icd.d"];

/** A runtime, and the adapter that WebGPU has there. */
export interface Platform {
  name: string;
  inBrowser: boolean;
  /** The environment that makes every Dawn find this adapter. */
  env: Record<string, string>;
}

export interface EngineSpec {
  id: string;
  /** The engine that all others of a platform are told in. */
  isOurs?: boolean;
  /** Measured only where algorithms are compared. */
  isVariant?: boolean;
  command(network: Network, platform: Platform): Command;
}

export interface Peers {
  /** A Python with torch; undefined where there is none, or it is not wanted. */
  python?: string;
}

/** @throws Error where the adapter cannot be had. */
export function openPlatform(name: string): Platform {
  if (name === "system") return { name, inBrowser: false, env: {} };
  if (name === "chromium-swiftshader") return { name, inBrowser: true, env: {} };
  if (name === "swiftshader") {
    const env = unpackSwiftShader();
    if (!env)
      throw new Error("SwiftShader comes with the dev dependency @sparticuz/chromium, for Linux on x64");
    return { name, inBrowser: false, env: { ...env, VK_ICD_FILENAMES: env.VK_DRIVER_FILES } };
  }
  if (name === "lavapipe") {
    const drivers = driverFolders
      .filter(existsSync)
      .flatMap((at) => readdirSync(at).map((file) => join(at, file)));
    const driver = drivers.find((path) => /\/lvp_icd.*\.json$/.test(path));
    if (!driver) throw new Error("there is no lavapipe (on Debian and Ubuntu: mesa-vulkan-drivers)");
    // The older name of the variable, too, for older loaders.
    const driverEnv = { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
    // Mesa keeps what it has compiled, and a start would be cold for the first engine only.
    return { name, inBrowser: false, env: { ...driverEnv, MESA_SHADER_CACHE_DISABLE: "true" } };
  }
  throw new Error("adapters are lavapipe, swiftshader, chromium-swiftshader and system");
}

export const platformNames = ["swiftshader", "lavapipe", "chromium-swiftshader"];

/** Bundles the processes and the pages, as a package that is installed is one file or few. */
export async function bundleEngines(): Promise<void> {
  const entries = (names: string[]) => names.map((name) => join(folder, `${name}.ts`));
  const common = { bundle: true, format: "esm", outdir: cacheFolder, logLevel: "error" } as const;
  const external = ["webgpu", "sharp"];
  await build({
    ...common,
    entryPoints: entries(["bpclip-node", "onnx-node"]),
    platform: "node",
    outExtension: { ".js": ".mjs" },
    external,
  });
  await build({ ...common, entryPoints: entries(["page-bpclip", "page-onnx"]), platform: "browser" });
}

/** Ours with each algorithm forced, where it can be; the planners choose among them by measurement otherwise. */
const variants: Record<string, Partial<Capabilities>> = {
  "bpclip-gemm": { convolution: { method: "implicitGemm" } },
  "bpclip-winograd2": { convolution: { method: "winograd2" } },
  "bpclip-winograd4": { convolution: { method: "winograd4" } },
  // The form for GPUs, with workgroup memory.
  "bpclip-tiled": { convolution: { method: "implicitGemm" }, family: "unknown" },
};

/** Ours first. */
export function enginesOn({ inBrowser }: Platform, { python }: Peers): EngineSpec[] {
  const model = (network: Network) => onnxOf(network, python ?? "python3");
  if (inBrowser) {
    return [
      {
        id: "bpclip",
        isOurs: true,
        command: (network) => inChromium(network, "page-bpclip", checkpointOf(network)),
      },
      { id: "ort-web", command: (network) => inChromium(network, "page-onnx", model(network)) },
    ];
  }
  const ours = (capabilities: Partial<Capabilities>) => (network: Network, platform: Platform) =>
    inNode(
      "bpclip-node",
      [JSON.stringify(network), checkpointOf(network), JSON.stringify(capabilities)],
      platform,
    );
  const onnx = (provider: string) => (network: Network, platform: Platform) =>
    inNode("onnx-node", [JSON.stringify(network), model(network), provider], platform);
  const torch = (network: Network): Command => ({
    program: python!,
    args: [join(folder, "torch_engine.py"), JSON.stringify(network), checkpointOf(network)],
    env: {},
  });
  return [
    { id: "bpclip", isOurs: true, command: ours({}) },
    { id: "ort-webgpu", command: onnx("webgpu") },
    { id: "ort-cpu", command: onnx("cpu") },
    ...(python ? [{ id: "torch-cpu", command: torch }] : []),
    ...Object.entries(variants).map(([id, told]) => ({ id, isVariant: true, command: ours(told) })),
  ];
}

function inNode(script: string, args: string[], { env }: Platform): Command {
  return { program: process.execPath, args: [join(cacheFolder, `${script}.mjs`), ...args], env };
}

/** By tsx, whose starting is not timed. */
function inChromium(network: Network, page: string, model: string): Command {
  const args = ["--import", "tsx", join(folder, "chromium.ts"), JSON.stringify(network)];
  return { program: process.execPath, args: [...args, join(cacheFolder, `${page}.js`), model], env: {} };
}
