/** What the page does while its weights arrive, so that the first picture is judged soon. */
import { expect, test } from "vitest";
import { crop, describePage, drop, pngFile, scoreOf } from "./open-page.js";

/**
 * Sends the last byte of the weights only once a pipeline is compiled, so that a page that compiled later would never
 * open; and tells how many were compiled when asked.
 */
const holdingBack = `
  let compiled = 0;
  const compiling = new Promise((resolve) => {
    const { createComputePipelineAsync } = GPUDevice.prototype;
    GPUDevice.prototype.createComputePipelineAsync = function (descriptor) {
      compiled++;
      resolve();
      return createComputePipelineAsync.call(this, descriptor);
    };
  });
  const fetchWhole = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    const response = await fetchWhole(url, options);
    if (!String(url).includes("bpclip-s-nr")) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return new Response(new ReadableStream({
      async start(controller) {
        controller.enqueue(bytes.subarray(0, -1));
        await compiling;
        controller.enqueue(bytes.subarray(-1));
        controller.close();
      },
    }));
  };
  const channel = new BroadcastChannel("compiled");
  channel.onmessage = ({ data }) => data === "?" && channel.postMessage(compiled);
`;

describePage("the page's start", (openPage) => {
  test("compiles while the weights arrive, all that a first picture needs", async () => {
    const { page, problems, close } = await openPage({ inWorker: holdingBack });
    const compiled = () =>
      page.evaluate(() => {
        const channel = new BroadcastChannel("compiled");
        const answer = new Promise<number>((resolve) => {
          channel.onmessage = ({ data }) => resolve(data);
        });
        channel.postMessage("?");
        return answer.finally(() => channel.close());
      });
    const before = await compiled();
    expect(before).toBeGreaterThan(0);
    // Before the model is ready, most likely: it is judged all the same.
    await drop(page, [await pngFile("cat.png", await crop(120, 60, 96))]);
    expect(await scoreOf(page)).toBeGreaterThan(0);
    expect(await compiled()).toBe(before);
    expect(problems).toEqual([]);
    await close();
  });
});
