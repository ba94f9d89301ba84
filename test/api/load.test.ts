/** A checkpoint and a device that are fetched at once: what becomes of the one when the other fails. */
import { expect, test } from "vitest";
import { loadModelOn } from "../../src/api/load.js";
import type { Platform } from "../../src/api/platform.js";
import { AdapterError } from "../../src/errors.js";
import { nodePlatform } from "../../src/node/platform.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";

const nr = seededCheckpoint(smallConfig({ name: "tiny-nr" }));

/** A device that comes when `give` is called, and whether it was destroyed. */
function lateDevice() {
  const device = {
    isDestroyed: false,
    adapterInfo: { vendor: "fake", architecture: "", device: "", description: "" },
    features: new Set(),
    limits: {},
    lost: new Promise(() => {}),
    destroy() {
      this.isDestroyed = true;
    },
  };
  let give = () => {};
  const asked = new Promise((resolve) => {
    give = () => resolve(device);
  });
  const adapter = { limits: {}, features: new Set(), info: device.adapterInfo, requestDevice: () => asked };
  return { device, give, adapter: adapter as unknown as GPUAdapter };
}

test("a device that comes after the checkpoint was refused is given back", async () => {
  const { device, give, adapter } = lateDevice();
  const platform: Platform = { ...nodePlatform, tunings: undefined, requestAdapter: async () => adapter };
  await expectCode("WEIGHTS_TRUNCATED", () => loadModelOn(platform, new Uint8Array(4)));
  expect(device.isDestroyed).toBe(false);
  give();
  await expect.poll(() => device.isDestroyed).toBe(true);
});

test("the device is asked for while the checkpoint is read", async () => {
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const platform: Platform = {
    ...nodePlatform,
    // If the one waited for the other, this would never be read.
    readFile: () => asked.then(() => nr),
    requestAdapter: async () => {
      ask();
      throw new AdapterError("NO_ADAPTER", "There is none.", "Use the CPU.");
    },
  };
  const model = await loadModelOn(platform, "tiny.safetensors", { onNotice: () => {} });
  expect(model.executor).toBe("cpu");
  model.dispose();
}, 20_000);
