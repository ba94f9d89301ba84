/** How many workgroups a kernel is dispatched over. */
import { LimitError } from "../errors.js";
import type { Capabilities } from "./kernel.js";

/**
 * At least `count` workgroups over two dimensions, each within the device's limit; the third is 1. A kernel finds
 * its workgroup's number by `workgroupIndex` of shaders/include/invocation.wgsl, and ignores those from `count` on.
 * @throws LimitError (DISPATCH_TOO_LARGE) when two dimensions do not hold them.
 */
export function spread(count: number, device: Capabilities): [number, number, 1] {
  const limit = device.maxWorkgroupsPerDimension;
  const y = Math.ceil(count / limit);
  if (y > limit) {
    throw new LimitError(
      "DISPATCH_TOO_LARGE",
      `A kernel needs ${count} workgroups, and the device takes ${limit}×${limit}.`,
      "Make the picture or the batch smaller.",
    );
  }
  return [Math.ceil(count / y), y, 1];
}

/** Workgroups of 64 that give each of `count` numbers an invocation. @throws LimitError (DISPATCH_TOO_LARGE). */
export function invocations(count: number, device: Capabilities): [number, number, 1] {
  return spread(Math.ceil(count / 64), device);
}
