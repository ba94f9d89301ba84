/** Times every way of computing one convolution against the way that is planned by default. */
import { GraphBuilder, type NodeOf } from "../../src/graph/graph.js";
import type { ReadTensor } from "../../src/graph/parameters.js";
import { sizeOf } from "../../src/graph/shape.js";
import { planConv2d } from "../../src/kernels/conv2d.js";
import { type Capabilities, convolutionMethods } from "../../src/kernels/kernel.js";
import { quantile } from "../../src/metrics/statistics.js";
import { random } from "../../src/random.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import type { GpuDevice } from "../../src/runtime/device.js";
import { GpuExecutor } from "../../src/runtime/executor.js";

/** A convolution of a map by a square kernel, with a bias and a ReLU. */
export interface Convolution {
  height: number;
  width: number;
  channels: number;
  outChannels: number;
  kernel: number;
  stride: number;
}

/** The middle half of a variant's times, each over the default's of the same round; below 1 is faster. */
export type Ratios = [low: number, median: number, high: number];

export interface VariantResult {
  method: string;
  /** The shaders that are dispatched, in order. */
  shaders: string[];
  isDefault: boolean;
  /** The largest |result − expected| as a fraction of the largest |expected|. */
  error: number;
  /** By the clock of `Program.profile`, all dispatches in one pass. */
  time: Ratios;
  /** By the CPU time of this process, which on a software adapter other processes disturb less. */
  cpu: Ratios;
}

/** Families whose planners choose `conv2d_direct` and `conv2d_tiled`; any adapter runs both. */
const families = ["llvmpipe", "unknown"];

/**
 * Each variant, once.
 * @param rounds In each of them all variants run, one after the other.
 */
export async function compareVariants(
  convolution: Convolution,
  device: GpuDevice,
  rounds: number,
): Promise<VariantResult[]> {
  const { graph, node, inputs } = graphOf(convolution);
  const expected = await (await new CpuExecutor(noCheckpoint).prepare(graph)).run(inputs);
  const own = { ...device.capabilities };
  const signature = (capabilities: Capabilities) =>
    JSON.stringify(planConv2d(node, capabilities).map(({ shader, overrides }) => [shader, overrides]));
  const planned = new Map<string, Capabilities>(
    families.flatMap((family) =>
      convolutionMethods.map((convolution) => {
        const capabilities = { ...own, family, convolution };
        return [signature(capabilities), capabilities] as const;
      }),
    ),
  );
  planned.set(signature(own), own);

  const executor = new GpuExecutor(device, noCheckpoint);
  const variants = [];
  for (const [plan, capabilities] of planned) {
    Object.assign(device.capabilities, { convolution: undefined }, capabilities);
    const program = await executor.prepare(graph);
    Object.assign(device.capabilities, { convolution: undefined }, own);
    const shaders = planConv2d(node, capabilities).map(({ shader }) => shader);
    const isDefault = plan === signature(own);
    const error = largestError((await program.run(inputs)).output, expected.output);
    const method = methodOf(shaders);
    variants.push({
      program,
      method,
      shaders,
      isDefault,
      error,
      times: [] as number[],
      cpus: [] as number[],
    });
  }
  // The first round is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      const { program, times, cpus } = variants[(round + turn) % variants.length];
      const started = process.cpuUsage();
      const { onePass } = await program.profile(inputs, 1);
      const { user, system } = process.cpuUsage(started);
      if (round === 0) continue;
      times.push(onePass[0]);
      cpus.push(user + system);
    }
  }
  for (const { program } of variants) program.dispose();
  executor.dispose();

  const standard = variants.find(({ isDefault }) => isDefault)!;
  return variants.map(({ program: _, times, cpus, ...variant }) => ({
    ...variant,
    time: ratios(times, standard.times),
    cpu: ratios(cpus, standard.cpus),
  }));
}

function graphOf({ height, width, channels, outChannels, kernel, stride }: Convolution) {
  const draw = random(1, "kernel lab");
  const fill = (length: number) => Float32Array.from({ length }, () => 2 * draw() - 1);
  const g = new GraphBuilder();
  const x = g.input("x", [1, height, width, channels]);
  const shape = [outChannels, channels, kernel, kernel];
  const weight = g.constant("weight", shape, fill(sizeOf(shape)));
  const bias = g.constant("bias", [outChannels], fill(outChannels));
  const attributes = { stride, padding: (kernel - 1) / 2, activation: "relu" } as const;
  const graph = g.build([g.add("conv2d", "output", { x, weight, bias }, attributes)]);
  return { graph, node: graph.nodes[0] as NodeOf<"conv2d">, inputs: { x: fill(sizeOf(x.shape)) } };
}

/** The name of what is dispatched: a method of the planners', or the only shader. */
function methodOf(shaders: readonly string[]): string {
  if (shaders.length === 1) return shaders[0];
  const product = shaders.find((shader) => /direct|tiled/.test(shader))!;
  const method = shaders.includes("conv2d_sum") ? "split-K" : shaders[0].replace("_input", "");
  return `${method} by ${product}`;
}

function largestError(actual: Float32Array, expected: Float32Array): number {
  let [peak, worst] = [0, 0];
  for (const [i, value] of expected.entries()) {
    peak = Math.max(peak, Math.abs(value));
    worst = Math.max(worst, Math.abs(actual[i] - value));
  }
  return worst / peak;
}

function ratios(values: readonly number[], standard: readonly number[]): Ratios {
  const each = values.map((value, round) => value / standard[round]);
  return [quantile(each, 0.25), quantile(each, 0.5), quantile(each, 0.75)];
}

const noCheckpoint: ReadTensor = () => {
  throw new Error("the kernel lab reads no checkpoint");
};
