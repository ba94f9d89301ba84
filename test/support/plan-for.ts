/** Any adapter can run the kernels that are planned for another. */
import { afterAll, beforeAll } from "vitest";
import type { Capabilities } from "../../src/kernels/kernel.js";
import type { Variant } from "../../src/kernels/variant.js";
import { testDevice } from "./gpu.js";

/**
 * Plans as for an adapter of this family while a suite runs, and convolutions by this variant where one is given.
 * @param family The adapter's own where it is left out.
 */
export function planFor(family?: string, convolution?: Partial<Variant>): void {
  let own: Pick<Capabilities, "family" | "convolution">;
  beforeAll(async () => {
    const { capabilities } = await testDevice();
    own = { family: capabilities.family, convolution: capabilities.convolution };
    Object.assign(capabilities, { family: family ?? own.family, convolution });
  });
  afterAll(async () => {
    Object.assign((await testDevice()).capabilities, own);
  });
}
