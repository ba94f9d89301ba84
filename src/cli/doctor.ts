/** `bpclip doctor`: what this machine has for bpclip, and whether it computes rightly. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { shippedCheckpoints } from "../api/load.js";
import { type SelfTestResult, selfTest, testedOps } from "../api/self-test.js";
import { requestNodeAdapter } from "../node/adapter.js";
import { CpuExecutor } from "../reference/executor.js";
import { type AdapterMode, type GpuDevice, isSoftware, requestDevice } from "../runtime/device.js";
import { GpuExecutor } from "../runtime/executor.js";
import { openCheckpoint } from "../weights/checkpoint.js";
import { loadBytes } from "../weights/load.js";
import { openTextCheckpoint } from "../weights/text-checkpoint.js";
import { type Command, commonHelp, commonOptions, UsageError } from "./command.js";
import { printDiagnosis } from "./diagnosis.js";
import { printJson } from "./json.js";
import { describeError } from "./messages.js";
import { Progress } from "./progress.js";
import { readVersion } from "./version.js";

/** Everything that doctor finds; what `--json` prints. */
export interface Diagnosis {
  version: string;
  node: string;
  platform: string;
  /** Optional packages: whether each loads, and if not, why. */
  packages: { webgpu: FoundPackage; sharp: FoundPackage };
  /** What each kind of adapter request gives: an adapter with a device, or why not. */
  adapters: Record<AdapterMode, FoundAdapter>;
  /** What would run a model under this command's --adapter; left out where nothing would. */
  executor?: "webgpu" | "cpu";
  /** Limits and features of the adapter that would be used. */
  limits?: Record<string, number>;
  features?: Record<string, boolean>;
  checkpoints: FoundCheckpoint[];
  /** Empty on the CPU: there is nothing to compare with. */
  selfTest: SelfTestResult[];
  /** What to do, a sentence each. */
  advice: string[];
  /** Whether bpclip can work here as asked. */
  healthy: boolean;
}

export type FoundPackage = { loads: true } | { loads: false; problem: string };
export type FoundAdapter = { name: string; software: boolean } | { problem: string };
export type FoundCheckpoint = { file: string } & (
  | { name: string; mode: "nr" | "fr" | "text"; bytes: number; sha256: string }
  | { problem: string; mend: string }
);

const limitNames = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
] as const;
const featureNames = ["shader-f16", "timestamp-query", "subgroups"] as const;

export const doctor: Command<typeof commonOptions> = {
  summary: "what this machine has for bpclip, and a test of every kernel",
  help: `\
Usage: bpclip doctor [options]

Shows the adapters, limits, packages and checkpoints, runs every kernel on the adapter
against the CPU, and says what to do about what is missing.

Options:
  --json                everything as one JSON object
${commonHelp}

Examples:
  bpclip doctor
  bpclip doctor --adapter software
  bpclip doctor --json > report.json

Exit status: 0 when all is well, 1 when a kernel, an adapter that was asked for or a
checkpoint fails, 2 for wrong usage.
`,
  options: commonOptions,

  async run({ adapter = "auto", model, json = false }, operands) {
    if (operands.length > 0) {
      throw new UsageError("doctor takes no pictures.", `Did you mean \`bpclip score ${operands[0]}\`?`);
    }
    const diagnosis = await diagnose(adapter, model);
    if (json) printJson(diagnosis);
    else printDiagnosis(diagnosis);
    return diagnosis.healthy ? 0 : 1;
  },
};

async function diagnose(wanted: AdapterMode | "cpu", model: string | undefined): Promise<Diagnosis> {
  const webgpu = await tryPackage("webgpu");
  const sharp = await tryPackage("sharp");
  const adapters = {
    auto: await findAdapter("auto"),
    hardware: await findAdapter("hardware"),
    software: await findAdapter("software"),
  };
  const checkpoints = await Promise.all(
    (model === undefined ? Object.values(shippedCheckpoints) : [model]).map(findCheckpoint),
  );
  const problems = checkpoints.flatMap((found) => ("problem" in found ? [found] : []));
  const tested = wanted === "cpu" ? onCpu : await testAdapter(wanted);
  const failed = tested.selfTest.filter(({ passed }) => !passed).map(({ op }) => op);

  const advice = [...tested.advice, ...problems.map(({ file, mend }) => `${file}: ${mend}`)];
  if (failed.length > 0) {
    advice.push(
      `Update the graphics driver or choose another adapter: this one computes ${failed.join(", ")} wrongly. Until then use --adapter cpu, and please report this.`,
    );
  }
  return {
    version: readVersion(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    packages: { webgpu, sharp },
    adapters,
    executor: tested.executor,
    limits: tested.limits,
    features: tested.features,
    checkpoints,
    selfTest: tested.selfTest,
    advice,
    healthy: tested.executor !== undefined && problems.length === 0 && failed.length === 0,
  };
}

async function tryPackage(name: string): Promise<FoundPackage> {
  try {
    await import(name);
    return { loads: true };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      loads: false,
      problem: code === "ERR_MODULE_NOT_FOUND" ? "not installed" : describeError(error).message,
    };
  }
}

async function findAdapter(mode: AdapterMode): Promise<FoundAdapter> {
  try {
    const adapter = await requestNodeAdapter(mode);
    const device = await requestDevice(adapter);
    const name = device.adapter;
    device.dispose();
    return { name, software: isSoftware(adapter.info) };
  } catch (error) {
    return { problem: describeError(error).message };
  }
}

async function findCheckpoint(source: string | URL): Promise<FoundCheckpoint> {
  const file = source instanceof URL ? fileURLToPath(source) : source;
  try {
    const bytes = await loadBytes(source, { readFile });
    if (source === shippedCheckpoints.text) {
      openTextCheckpoint(bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { file, name: basename(file, ".safetensors"), mode: "text", bytes: bytes.byteLength, sha256 };
    }
    const { config, byteLength, sha256 } = await openCheckpoint(bytes);
    return { file, name: config.name, mode: config.mode, bytes: byteLength, sha256 };
  } catch (error) {
    const { message, mend } = describeError(error);
    const shipped = source instanceof URL;
    return { file, problem: message, mend: shipped ? "Install bpclip again: the file is part of it." : mend };
  }
}

type Tested = Pick<Diagnosis, "executor" | "limits" | "features" | "selfTest" | "advice">;

const onCpu: Tested = { executor: "cpu", selfTest: [], advice: [] };

/** What an adapter has, and how each kernel does on it. */
async function testAdapter(mode: AdapterMode): Promise<Tested> {
  let device: GpuDevice;
  let adapter: GPUAdapter;
  try {
    adapter = await requestNodeAdapter(mode);
    device = await requestDevice(adapter);
  } catch (error) {
    const executor = mode === "auto" ? "cpu" : undefined;
    return { executor, selfTest: [], advice: [describeError(error).mend] };
  }
  const slow = "This adapter runs on the CPU; the driver of a graphics card makes it many times faster.";
  const gpu = new GpuExecutor(device, noCheckpoint);
  try {
    return {
      executor: "webgpu",
      limits: Object.fromEntries(limitNames.map((name) => [name, adapter.limits[name]])),
      features: Object.fromEntries(featureNames.map((name) => [name, adapter.features.has(name)])),
      selfTest: await testKernels(gpu),
      advice: isSoftware(adapter.info) ? [slow] : [],
    };
  } finally {
    gpu.dispose();
    device.dispose();
  }
}

async function testKernels(gpu: GpuExecutor): Promise<SelfTestResult[]> {
  const progress = new Progress(testedOps.length);
  const results: SelfTestResult[] = [];
  progress.draw(0, testedOps[0]);
  for await (const result of selfTest(gpu, new CpuExecutor(noCheckpoint))) {
    results.push(result);
    progress.draw(results.length, testedOps[results.length] ?? "");
  }
  progress.clear();
  return results;
}

function noCheckpoint(): never {
  throw new Error("The self-test reads no checkpoint.");
}
