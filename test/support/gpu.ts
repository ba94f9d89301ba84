/**
 * The adapter under test. vitest.config.ts runs every *.gpu.test.ts once for each adapter it finds; where it finds
 * none, they are skipped.
 */
import { describe } from "vitest";
import { requestNodeAdapter } from "../../src/node/adapter.js";
import { type GpuDevice, requestDevice } from "../../src/runtime/device.js";

/** The adapter's project, or undefined where there is none. */
export const testAdapter: string | undefined = process.env.BPCLIP_TEST_ADAPTER;

/** A suite that needs an adapter. */
export const describeGpu = describe.skipIf(!testAdapter);

let device: Promise<GpuDevice> | undefined;

/** One device for all tests of a file, at WebGPU's default limits, so that nothing comes to need more. */
export function testDevice(): Promise<GpuDevice> {
  device ??= requestNodeAdapter("auto").then((adapter) => requestDevice(adapter, "default"));
  return device;
}
