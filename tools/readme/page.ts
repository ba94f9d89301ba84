/**
 * Takes the README's pictures of the page, by a headless Chromium: a photograph, compressed, with the map of where
 * quality is lost. Writes tools/readme/page-{light,dark,phone}.png. Takes minutes where the only adapter is a software
 * one.
 *
 *     npm run readme:page
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { decodeImage } from "../../src/image/decode.js";
import { encodePng } from "../../src/node/encode-png.js";
import { launchChromium } from "../../test/support/chromium.js";
import { cacheFolder } from "../../test/support/chromium-package.js";
import { serve } from "../../test/support/server.js";

const desktop = { width: 1280, height: 1150 };
const phone = { width: 360, height: 760 };

/** From a shade to the next, of 255. */
const shadeStep = 8;

const folder = join(cacheFolder, "page");
execFileSync(process.execPath, ["tools/build-page.mjs", "--out", folder]);
const server = await serve(folder);
const browser = await launchChromium();

const page = await openOn(browser);
await shoot(page, "light");
await page.emulateMedia({ colorScheme: "dark" });
await shoot(page, "dark");
await page.emulateMedia({ colorScheme: "light" });
await page.setViewportSize(phone);
await page.locator(".stage").evaluate((stage) => stage.scrollIntoView());
await shoot(page, "phone");

await browser.close();
await server.close();

/** The page with a photograph, a slider moved and a map shown, all judged. */
async function openOn(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: desktop, reducedMotion: "reduce" });
  page.setDefaultTimeout(300_000);
  await page.goto(server.url);
  await page.locator('[data-sample="rocket.jpg"]').click();
  await page.waitForSelector("#score[data-value]");
  await page.getByText("Where quality is lost").click();
  await page.waitForSelector("#map-legend:not([hidden])");
  await page.locator("#slider-compression").fill("80");
  await page.locator("#score-note").getByText("beside the unspoilt").waitFor();
  await page.locator("#word").fill("blocky");
  await page.keyboard.press("Enter");
  await page.locator('[data-word="blocky"] .bar-value').getByText(/\d/).waitFor();
  await page.locator("#word").blur();
  await page.evaluate(() => scrollTo(0, 0));
  return page;
}

/** The photograph in fewer shades, which nobody sees there and which halves the bytes. */
async function shoot(page: Page, name: string): Promise<void> {
  const frame = (await page.locator(".frame").boundingBox())!;
  const { width, height, data } = await decodeImage(await page.screenshot());
  const shades = Uint8Array.from(data, (value, i) => {
    const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
    const isInside = x >= frame.x && x < frame.x + frame.width && y >= frame.y && y < frame.y + frame.height;
    return isInside ? Math.min(Math.round(value / shadeStep) * shadeStep, 255) : value;
  });
  const file = await encodePng({ width, height, data: shades });
  writeFileSync(new URL(`page-${name}.png`, import.meta.url), file);
}
