/** What WebGPU reports, as typed errors. */
import { DeviceError } from "../errors.js";

const mends: Record<string, string> = {
  GPU_OUT_OF_MEMORY:
    "Score a smaller picture, close other programs that use the GPU, or use the CPU executor.",
  GPU_VALIDATION:
    "This is a defect of bpclip or of the driver: run `bpclip doctor` and report what it prints.",
  GPU_INTERNAL: "Update the graphics driver, or choose another adapter; `bpclip doctor` tests this one.",
};

/** A typed error from one of WebGPU's. */
export function gpuError(code: string, what: string, cause: { message: string }): DeviceError {
  return new DeviceError(code, `${what}: ${cause.message}`, mends[code]);
}

/** A device that is gone. */
export function lostError(lost: GPUDeviceLostInfo): DeviceError {
  return new DeviceError(
    "DEVICE_LOST",
    `The GPU device was lost (${lost.reason}): ${lost.message || "no reason given"}`,
    "Load the model again; it asks for a new device.",
  );
}
