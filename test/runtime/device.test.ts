/** How WebGPU's failures become typed errors, on a device that fails as it is told to. */
import { expect, test } from "vitest";
import { GpuDevice, requestDevice } from "../../src/runtime/device.js";
import { expectCode } from "../support/errors.js";

/** A device whose error scopes report what `failing` says for their filter. */
function fakeDevice(failing: Partial<Record<GPUErrorFilter, string>>): {
  raw: GPUDevice;
  lose: (message: string) => void;
} {
  const scopes: GPUErrorFilter[] = [];
  let lose = (_: string) => {};
  const raw = {
    adapterInfo: { vendor: "fake", architecture: "", device: "", description: "" },
    limits: {},
    features: new Set(),
    lost: new Promise((resolve) => {
      lose = (message) => resolve({ reason: "unknown", message });
    }),
    pushErrorScope: (filter: GPUErrorFilter) => scopes.push(filter),
    popErrorScope: async () => {
      const message = failing[scopes.pop()!];
      return message ? { message } : null;
    },
    destroy() {},
  };
  return { raw: raw as unknown as GPUDevice, lose: (message) => lose(message) };
}

test.each([
  ["GPU_VALIDATION", "validation"],
  ["GPU_OUT_OF_MEMORY", "out-of-memory"],
  ["GPU_INTERNAL", "internal"],
] as const)("%s is what the %s scope reports, in WebGPU's words", async (code, filter) => {
  const device = new GpuDevice(fakeDevice({ [filter]: 'in bind group "tap.3"' }).raw, { owned: false });
  const error = await expectCode(code, () => device.guard("Preparing a graph", () => 1));
  expect(error.message).toBe('Preparing a graph: in bind group "tap.3"');
});

test("what goes well is returned, and what the commands throw themselves is thrown", async () => {
  const device = new GpuDevice(fakeDevice({}).raw, { owned: false });
  expect(await device.guard("Running", () => 42)).toBe(42);
  await expect(
    device.guard("Running", () => {
      throw new RangeError("mine");
    }),
  ).rejects.toThrow(RangeError);
});

test("after a loss everything says so", async () => {
  const { raw, lose } = fakeDevice({});
  const device = new GpuDevice(raw, { owned: false });
  lose("unplugged");
  await raw.lost;
  const error = await expectCode("DEVICE_LOST", () => device.guard("Running", () => 1));
  expect(error.message).toContain("unplugged");
});

test("an adapter that gives no device is named", async () => {
  const adapter = {
    limits: {},
    features: new Set(),
    info: { vendor: "acme", architecture: "", device: "", description: "Acme 9000" },
    requestDevice: () => Promise.reject(new Error("busy")),
  };
  const error = await expectCode("NO_DEVICE", () => requestDevice(adapter as unknown as GPUAdapter));
  expect(error.message).toContain("Acme 9000");
});
