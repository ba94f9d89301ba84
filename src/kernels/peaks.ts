/** The kernels that measure what a device reaches at best. They compute nothing of a graph: their tensors are null. */
import { invocations } from "./dispatch-size.js";
import { type Capabilities, type Dispatch, floatBits } from "./kernel.js";

/** A kernel that only measures: how to dispatch it, and what a dispatch does. */
export interface PeakPlan {
  dispatch: Dispatch;
  /** Bytes of the buffer at each binding. */
  bindingBytes: number;
  /** Floating-point operations, or bytes read and written. */
  amount: number;
}

/** More than any GPU runs at once. */
const arithmeticInvocations = 2 ** 18;

/** `iterations` of the loop in shaders/peak_fma.wgsl, by every invocation. */
export function planPeakFma(iterations: number, device: Capabilities): PeakPlan {
  return {
    dispatch: {
      shader: "peak_fma",
      overrides: {},
      params: [iterations, floatBits(0.5), floatBits(0.25)],
      bindings: [{ value: null, access: "write" }],
      workgroups: invocations(arithmeticInvocations, device),
    },
    bindingBytes: 4 * arithmeticInvocations,
    amount: 256 * iterations * arithmeticInvocations,
  };
}

/** Half of what any device binds, and more than caches hold. */
const copiedBytes = 64 * 2 ** 20;

/** A copy of 64 MiB by shaders/peak_copy.wgsl. */
export function planPeakCopy(device: Capabilities): PeakPlan {
  const count = copiedBytes / 64;
  return {
    dispatch: {
      shader: "peak_copy",
      overrides: {},
      params: [count],
      bindings: [
        { value: null, access: "read" },
        { value: null, access: "write" },
      ],
      workgroups: invocations(count, device),
    },
    bindingBytes: copiedBytes,
    amount: 2 * copiedBytes,
  };
}
