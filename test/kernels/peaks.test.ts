import { expect, test } from "vitest";
import type { Capabilities } from "../../src/kernels/kernel.js";
import { planPeakCopy, planPeakFma } from "../../src/kernels/peaks.js";
import { shaders } from "../../src/kernels/shaders.generated.js";

/** WebGPU's default limits. */
const device: Capabilities = {
  family: "unknown",
  maxWorkgroupsPerDimension: 65535,
  maxInvocationsPerWorkgroup: 256,
  maxWorkgroupStorageBytes: 16384,
  maxBindingBytes: 128 * 2 ** 20,
  subgroups: false,
};

test.each([planPeakFma(3, device), planPeakCopy(device)])(
  "$dispatch.shader is planned as it declares, within the default limits",
  ({ dispatch, bindingBytes, amount }) => {
    const source = shaders[dispatch.shader];
    const struct = /struct Params \{([^}]*)\}/.exec(source)?.[1] ?? "";
    expect(dispatch.params).toHaveLength(struct.match(/^ *\w+: [uf]32,$/gm)?.length ?? 0);
    const declared = [...source.matchAll(/var<storage, (read|read_write)>/g)];
    expect(dispatch.bindings.map(({ access }) => access)).toEqual(
      declared.map(([, access]) => (access === "read" ? "read" : "write")),
    );
    expect(bindingBytes).toBeLessThanOrEqual(device.maxBindingBytes);
    for (const count of dispatch.workgroups) expect(count).toBeLessThanOrEqual(65535);
    expect(amount).toBeGreaterThan(0);
  },
);

test("an iteration of peak_fma is the 128 multiply-adds that are counted", () => {
  const chains = shaders.peak_fma.match(/^ +([ab]) = \1 \* scale \+ offset;$/gm) ?? [];
  const [once, thrice] = [1, 3].map((iterations) => planPeakFma(iterations, device));
  const [x, y] = once.dispatch.workgroups;
  // A vec4 a line, two operations a number, 64 invocations a workgroup.
  expect(once.amount).toBe(chains.length * 4 * 2 * 64 * x * y);
  expect(thrice.amount).toBe(3 * once.amount);
});

test("peak_copy moves every byte once each way", () => {
  const { dispatch, bindingBytes, amount } = planPeakCopy(device);
  const [x, y] = dispatch.workgroups;
  expect(64 * x * y).toBe(dispatch.params[0]);
  expect(64 * dispatch.params[0]).toBe(bindingBytes);
  expect(amount).toBe(2 * bindingBytes);
});
