/**
 * The adapter under test. vitest.config.ts runs every *.gpu.test.ts once for each runtime and driver of ./runtimes.js;
 * where one has no adapter, they are skipped.
 */
import { describe, test } from "vitest";
import type { BpclipError } from "../../src/errors.js";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { type GpuDevice, requestDevice } from "../../src/runtime/device.js";

/** The adapter, or why there is none. */
const found: GPUAdapter | string =
  process.env.BPCLIP_TEST_MISSING ||
  (await requestNodeAdapter("auto").catch(({ message, mend }: BpclipError) => `${message} ${mend}`));

/** What the adapter can do beyond WebGPU's core; nothing where there is none. */
export const adapterFeatures: ReadonlySet<string> = typeof found === "string" ? new Set() : found.features;

/** A suite that needs an adapter. */
export const describeGpu = describe.skipIf(typeof found === "string");

/** A suite that needs an adapter which stores in half precision. */
export const describeHalf = describe.skipIf(!adapterFeatures.has("shader-f16"));

if (typeof found === "string") test.skip(`on a GPU: ${found}`);
else if (!adapterFeatures.has("shader-f16")) test.skip("in half precision: the adapter has no shader-f16");

/**
 * Whether what takes long is run: networks of the paper's size, large pictures and long repetition. vitest.config.ts
 * says where not.
 */
export const testsLong = !process.env.BPCLIP_TEST_SMALL;

/** A suite of what takes long and does not depend on the adapter. */
export const describeLong = testsLong ? describeGpu : describe.skip;

let device: Promise<GpuDevice> | undefined;

/** One device for all tests of a file, at WebGPU's default limits, so that nothing comes to need more. */
export function testDevice(): Promise<GpuDevice> {
  if (typeof found === "string") throw new Error(found);
  device ??= requestDevice(found, "default");
  return device;
}
