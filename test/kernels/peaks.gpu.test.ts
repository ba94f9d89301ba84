/** The kernels that measure peaks do the work that is counted for them. */
import { expect, test } from "vitest";
import { type PeakPlan, planPeakCopy, planPeakFma } from "../../src/kernels/peaks.js";
import { BufferUsage } from "../../src/runtime/constants.js";
import type { GpuDevice } from "../../src/runtime/device.js";
import { measurePeaks } from "../../src/runtime/peaks.js";
import { encodePass } from "../../src/runtime/profiler.js";
import { describeGpu, testDevice } from "../support/gpu.js";

/** Runs a kernel once, and gives what it writes. */
async function run(device: GpuDevice, { dispatch }: PeakPlan, inputs: Float32Array[], outputs: number) {
  const { raw } = device;
  const pipeline = await device.pipelines.get(dispatch);
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = BufferUsage;
  const params = device.createBuffer({ label: "params", size: 16, usage: UNIFORM | COPY_DST });
  raw.queue.writeBuffer(params, 0, new Uint32Array(dispatch.params));
  const read = inputs.map((input) => device.upload("x", input));
  const size = 4 * outputs;
  const written = device.createBuffer({ label: "output", size, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ label: "staging", size, usage: COPY_DST | MAP_READ });
  const buffers = [params, ...read, written];
  const bindGroup = raw.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = raw.createCommandEncoder();
  encodePass(encoder, [{ pipeline, bindGroup, workgroups: dispatch.workgroups }]);
  encoder.copyBufferToBuffer(written, 0, staging, 0, size);
  raw.queue.submit([encoder.finish()]);
  const output = new Float32Array(await device.read(staging));
  for (const buffer of [...buffers, staging]) device.destroyBuffer(buffer);
  return output;
}

describeGpu("the kernels of the peaks", () => {
  test("peak_copy copies all of its tensor", async () => {
    const device = await testDevice();
    const plan = planPeakCopy(device.capabilities);
    const x = new Float32Array(plan.bindingBytes / 4);
    for (let i = 0; i < x.length; i++) x[i] = i % 8191;
    const output = await run(device, plan, [x], x.length);
    expect(output.length).toBe(x.length);
    expect(output.findIndex((value, i) => value !== x[i])).toBe(-1);
  });

  test("peak_fma does its iterations: all chains come to rest at one half", async () => {
    const device = await testDevice();
    const plan = planPeakFma(4, device.capabilities);
    const output = await run(device, plan, [], plan.bindingBytes / 4);
    // 64 halvings of at most 2¹⁸; the product of two vec4 of one half is 1.
    expect(output.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
  });

  test("peaks are positive and finite, and leave no buffer behind", async () => {
    const device = await testDevice();
    const before = device.bytes;
    for (const peak of Object.values(await measurePeaks(device))) {
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(Number.POSITIVE_INFINITY);
    }
    expect(device.bytes).toBe(before);
  });
});
