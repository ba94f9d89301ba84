/** A checkpoint and a device that are fetched at once, and what becomes of the one when the other fails. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { loadModelOn } from "../../src/api/load.js";
import type { Platform } from "../../src/api/platform.js";
import { AdapterError } from "../../src/errors.js";
import { nodePlatform } from "../../src/node/platform.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";
import { seededPicture } from "../support/seeded.js";

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

test.each([
  ["a byte early", -1],
  ["in the midst", nr.length / 2],
])("a checkpoint that ends %s is refused, though its header is whole", async (_, length) => {
  const { device, give, adapter } = lateDevice();
  const platform: Platform = { ...nodePlatform, tunings: undefined, requestAdapter: async () => adapter };
  give();
  await expectCode("WEIGHTS_TRUNCATED", () => loadModelOn(platform, nr.slice(0, length)));
  await expect.poll(() => device.isDestroyed).toBe(true);
});

test("a checkpoint that breaks off after its header fails who waits for it, and is fetched anew for the next", async () => {
  let isWhole = false;
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(200, { "content-length": nr.length });
    if (isWhole) response.end(nr);
    else response.write(nr.subarray(0, nr.length / 2), () => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const model = await loadModelOn(nodePlatform, { nr: url }, { adapter: "cpu" });
    const picture = { width: 40, height: 40, channels: 3, data: seededPicture(40, 40, 1) } as const;
    const waiting = [() => model.load("nr"), () => model.score(picture)].map((wait) =>
      expectCode("WEIGHTS_HTTP", wait),
    );
    await Promise.all(waiting);
    expect(asked).toBe(1);
    await expectCode("WEIGHTS_HTTP", () => model.warmup({ width: 40, height: 40 }));
    isWhole = true;
    const { score } = await model.score(picture);
    expect(asked).toBe(3);
    const whole = await loadModelOn(nodePlatform, nr, { adapter: "cpu" });
    expect((await whole.score(picture)).score).toBe(score);
    for (const loaded of [model, whole]) loaded.dispose();
  } finally {
    server.close();
  }
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
