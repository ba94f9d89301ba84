/** Full-size files of the libraries, converted and run on the adapter; skipped where there is no folder of them. */
import { describe, test } from "vitest";
import { GpuExecutor } from "../../../src/runtime/executor.js";
import { describeGpu, testDevice } from "../../support/gpu.js";
import { backbones, checkBackbone, checkTower, folder, towers } from "./library-files.js";

describeGpu("on the adapter", () => {
  describe.skipIf(!folder)("full-size files of the libraries", { timeout: 3_600_000 }, async () => {
    const device = await testDevice();
    const make = (read: ConstructorParameters<typeof GpuExecutor>[1]) => new GpuExecutor(device, read);

    test.each(towers)("%s", async (...tower) => checkTower(tower, make, { f32: 1e-4, f16: 3e-3 }));

    test.each(backbones)("%s", async (name) => checkBackbone(name, make, 1e-4));
  });
});
