/** Measures what a device reaches at best, by two kernels that do nothing else; see src/kernels/peaks.ts. */
import { type PeakPlan, planPeakCopy, planPeakFma } from "../kernels/peaks.js";
import type { Peaks } from "../profile/timings.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";
import { gpuError } from "./gpu-error.js";
import { openPassTimer, type PassTimer } from "./profiler.js";

/** A measurement takes at least so many milliseconds: many steps of the coarsest clock. */
const longEnough = 5;

/** The fastest measurement counts, of three at least and of as many as take so many milliseconds. */
const enough = 100;

/** Iterations or dispatches of a pass: no device does so many of these in `longEnough`. */
const most = 2 ** 22;

/** Takes 128 MiB of device memory while it runs. @throws DeviceError. */
export async function measurePeaks(device: GpuDevice): Promise<Peaks> {
  const timer = await openPassTimer(device);
  try {
    const { capabilities } = device;
    return {
      flopPerSecond: await fastest(device, timer, (iterations) => ({
        plan: planPeakFma(iterations, capabilities),
        dispatches: 1,
      })),
      bytesPerSecond: await fastest(device, timer, (dispatches) => ({
        plan: planPeakCopy(capabilities),
        dispatches,
      })),
    };
  } finally {
    timer.dispose();
  }
}

/**
 * The amount a second of a kernel, run for long enough.
 * @param planOf The kernel doing its work `count` times, in one dispatch or in several.
 */
async function fastest(
  device: GpuDevice,
  timer: PassTimer,
  planOf: (count: number) => { plan: PeakPlan; dispatches: number },
): Promise<number> {
  const { dispatch, bindingBytes } = planOf(1).plan;
  const pipeline = await device.pipelines.get(dispatch);
  const buffers: GPUBuffer[] = [];
  try {
    const bindGroup = await device.guard("Preparing to measure peaks", () => {
      const size = 4 * Math.max(4, dispatch.params.length);
      buffers.push(
        device.createBuffer({ label: "peak", size, usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST }),
      );
      for (const _ of dispatch.bindings) {
        buffers.push(device.createBuffer({ label: "peak", size: bindingBytes, usage: BufferUsage.STORAGE }));
      }
      return device.raw.createBindGroup({
        label: dispatch.shader,
        layout: pipeline.getBindGroupLayout(0),
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
    });
    const run = async (count: number) => {
      const { plan, dispatches } = planOf(count);
      const { params, workgroups } = plan.dispatch;
      device.raw.queue.writeBuffer(buffers[0], 0, new Uint32Array(params));
      const pass = Array.from({ length: dispatches }, () => ({ pipeline, bindGroup, workgroups }));
      const [ms] = await timer.time([pass]);
      return { ms, amount: plan.amount * dispatches };
    };
    let count = 1;
    // The first run is not like the others: the driver finishes its compiling, and memory is cleared.
    await run(count);
    while ((await run(count)).ms < longEnough && count < most) count *= 4;
    let rate = 0;
    for (let tries = 0, spent = 0; tries < 3 || spent < enough; tries++) {
      const { ms, amount } = await run(count);
      rate = Math.max(rate, amount / (ms / 1000));
      spent += Math.max(ms, 1);
    }
    if (Number.isFinite(rate)) return rate;
    throw gpuError("GPU_INTERNAL", `Measuring ${dispatch.shader}`, {
      message: "the device's timestamps stand still",
    });
  } finally {
    for (const buffer of buffers) device.destroyBuffer(buffer);
  }
}
