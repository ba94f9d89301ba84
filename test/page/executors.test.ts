/** What the page does where there is no GPU, and where one is lost. */
import { expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { crop, describePage, drop, pngFile, scoreOf } from "./open-page.js";

/** Keeps the devices that the worker asks for, and destroys the last one when told. */
const losingDevices = `
  const devices = [];
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    const device = await requestDevice.apply(this, options);
    devices.push(device);
    return device;
  };
  new BroadcastChannel("lose").onmessage = () => devices.at(-1).destroy();
`;

const noGpu = "Object.defineProperty(navigator, 'gpu', { value: undefined });";

describePage("the page's executors", (openPage) => {
  test("a device that is lost is replaced without a reload, and the user told", async () => {
    const { page, problems, close } = await openPage({ inWorker: losingDevices });
    await drop(page, [await pngFile("cat.png", await crop(120, 60, 64))]);
    const score = await scoreOf(page);
    await page.evaluate(() => new BroadcastChannel("lose").postMessage(""));
    await page.locator("#slider-darkness").fill("60");
    await page.waitForSelector('[data-kind="recovered"]');
    expect(await scoreOf(page)).not.toBe(score);
    await page.locator("#undo").click();
    expect(await scoreOf(page)).toBe(score);
    expect(await page.locator("#runs-on").textContent()).toContain("WebGPU");
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("without WebGPU the CPU does the work, and the page says so", async () => {
    const { page, problems, close } = await openPage({ inWorker: noGpu });
    const picture = await crop(120, 60, 64);
    await drop(page, [await pngFile("cat.png", picture)]);
    const model = await loadModel(undefined, { adapter: "cpu" });
    // The same loops on the same pixels.
    expect(await scoreOf(page)).toBeCloseTo((await model.score(picture)).score, 6);
    expect(await page.locator("#runs-on").textContent()).toBe("CPU");
    expect(await page.locator('[data-kind="cpu"]').textContent()).toContain("the CPU does the work");
    expect(problems).toEqual([]);
    await close();
  });

  test("weights that do not come are an error with a mend, and the next picture asks for them again", async () => {
    const { page, close } = await openPage({ inWorker: noGpu });
    await page.route("**/*.safetensors", (route) => route.abort());
    await page.reload();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /bpclip-s-nr.*cannot be fetched.*Check the address, the network/,
    );
    await page.unroute("**/*.safetensors");
    await drop(page, [await pngFile("cat.png", await crop(120, 60, 64))]);
    expect(await scoreOf(page)).toBeGreaterThan(0);
    expect(await alert.count()).toBe(0);
    await close();
  });
});
