/** The built page in a headless Chromium, and what its tests have in common. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import type { Rgba } from "../../src/image/resize.js";
import { encodePng } from "../../src/node/encode-png.js";
import { findChromium, launchChromium } from "../support/chromium.js";
import { cacheFolder } from "../support/chromium-package.js";
import { type Server, serve } from "../support/server.js";

/** As the page's own, sent as a header: only that binds workers, too. */
const headers = {
  "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'",
};

export const pageFolder = join(cacheFolder, "page-test");

const isChromiumHere = findChromium() !== undefined;

/**
 * A suite of the page in a browser, one for all of its tests.
 * @param suite Is given what opens the page.
 * @param flags Of the browser's command line.
 */
export function describePage(
  name: string,
  suite: (openPage: (options?: OpenOptions) => Promise<OpenedPage>) => void,
  flags: readonly string[] = [],
): void {
  describe.skipIf(!isChromiumHere)(isChromiumHere ? name : `${name}: there is no Chromium`, () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launchChromium(findChromium(), flags);
    });

    afterAll(() => browser.close());

    suite((options) => openPage(browser, options));
  });
}

export interface OpenedPage {
  page: Page;
  server: Server;
  /** Errors on the console, and those that nothing caught. */
  problems: string[];
  /** Addresses of all requests, of the page, of its workers and of the service worker. */
  requests: string[];
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Run in the page before its own scripts. */
  before?: string;
  /** Put before the worker's program; service workers must then be blocked, or they would hand out the plain one. */
  inWorker?: string;
}

/** Serves and opens the page, and waits until the model is there. */
async function openPage(
  browser: Browser,
  { before, inWorker, ...options }: OpenOptions = {},
): Promise<OpenedPage> {
  const server = await serve(pageFolder, { headers });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...(inWorker !== undefined && { serviceWorkers: "block" as const }),
    ...options,
  });
  const problems: string[] = [];
  const requests: string[] = [];
  context.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("request", (request) => requests.push(request.url()));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  if (before !== undefined) await page.addInitScript(before);
  if (inWorker !== undefined) {
    await page.route("**/assets/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${inWorker}\n${await response.text()}` });
    });
  }
  await page.goto(server.url);
  await page.waitForSelector("#runs-on[data-executor]");
  const close = async () => {
    await context.close();
    await server.close();
  };
  return { page, server, problems, requests, close };
}

/** A square of a photograph, small, since software adapters are slow; lossless, so that decoders agree. */
export async function crop(left: number, top: number, side: number): Promise<Rgba> {
  const photo = await decodeImage(readFileSync(new URL("../photos/chelsea.png", import.meta.url)));
  const data = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * photo.width + left) * 4;
    data.set(photo.data.subarray(from, from + side * 4), y * side * 4);
  }
  return { width: side, height: side, data };
}

export interface PictureFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export async function pngFile(name: string, picture: Rgba): Promise<PictureFile> {
  return { name, mimeType: "image/png", buffer: Buffer.from(await encodePng(picture)) };
}

/** Drops files on the page, as a hand would. */
export async function drop(page: Page, files: readonly PictureFile[]): Promise<void> {
  const contents = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: [...buffer] }));
  await page.evaluate((contents) => {
    const dataTransfer = new DataTransfer();
    for (const { name, mimeType, bytes } of contents) {
      dataTransfer.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
    }
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  }, contents);
}

/** The score that the page shows, once nothing is being judged. */
export async function scoreOf(page: Page): Promise<number> {
  await settle(page);
  return Number(await page.locator("#score").getAttribute("data-value"));
}

/** The dimensions of the table that screen readers read. */
export async function dimensionsOf(page: Page): Promise<Record<string, number>> {
  const rows = await page.locator("[data-dimension]").allInnerTexts();
  return Object.fromEntries(
    rows.map((row) => row.split(/\s+/)).map(([name, value]) => [name, Number(value)]),
  );
}

/** Waits until the picture that is shown has been judged. */
export async function settle(page: Page): Promise<void> {
  // A change begins to be judged a moment after it, when its pixels are there.
  await page.waitForTimeout(150);
  await page.waitForSelector("#busy", { state: "hidden" });
  await page.waitForSelector("#score[data-value]");
}
