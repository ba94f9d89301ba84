/** The camera: frames are judged one after the other, and nothing grows. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { describePage, scoreOf } from "./open-page.js";

/** Chromium's own test picture as a camera, and nobody asked. */
const fakeCamera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** The smallest frames that are judged, since software adapters are slow. */
const smallFrames = `
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function () {
    return getUserMedia.call(this, { video: { width: 32, height: 32, frameRate: 60 } });
  };
`;

/** Counts the frames whose score is shown. */
const counting = `
  addEventListener("DOMContentLoaded", () => {
    window.judgedFrames = 0;
    new MutationObserver(() => window.judgedFrames++).observe(document.getElementById("score-note"), { childList: true });
  });
`;

/** Of the page's JS heap after a collection; results of one frame and the browser's own caches come and go. */
const heapTolerance = 3e6;

describePage(
  "the page's camera",
  (openPage) => {
    test("150 frames leave no more memory in use than 20", async () => {
      const { page, problems, close } = await openPage({ before: smallFrames + counting });
      await page.locator('.drop-zone [data-do="film"]').click();
      await frames(page, 20);
      const [bytes, heap] = [await bytesOf(page), await heapOf(page)];
      await frames(page, 150);
      expect(await bytesOf(page)).toBe(bytes);
      expect((await heapOf(page)) - heap).toBeLessThan(heapTolerance);

      await page.locator('[data-do="keep"]').click();
      expect(await scoreOf(page)).toBeTypeOf("number");
      expect(await page.locator("#video").isVisible()).toBe(false);
      expect(await page.locator("#picture-canvas").getAttribute("aria-label")).toBe("The camera's picture");
      expect(problems).toEqual([]);
      await close();
    }, 300_000);
  },
  fakeCamera,
);

async function frames(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (count) => (window as unknown as { judgedFrames: number }).judgedFrames >= count,
    count,
    {
      timeout: 250_000,
    },
  );
}

async function bytesOf(page: Page): Promise<number> {
  return Number(await page.locator("#runs-on").getAttribute("data-bytes"));
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}
