/** The page as its users meet it: pictures in, scores out, by mouse, touch and keyboard. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel, type Model } from "../../src/node/index.js";
import {
  crop,
  describePage,
  dimensionsOf,
  drop,
  type OpenedPage,
  pngFile,
  scoreOf,
  settle,
} from "./open-page.js";

/** Of scores in the browser and in Node: other executors, sums in another order. */
const tolerance = 1e-3;

describePage("the page", (openPage) => {
  let opened: OpenedPage;
  let model: Model;

  beforeAll(async () => {
    opened = await openPage();
    model = await loadModel(undefined, { adapter: "cpu" });
  });

  afterAll(async () => {
    model.dispose();
    await opened.close();
  });

  test("scores a picture that is dropped as Node does", async () => {
    const { page } = opened;
    const picture = await crop(120, 60, 64);
    await drop(page, [await pngFile("cat.png", picture)]);
    const expected = await model.score(picture);
    expect(Math.abs((await scoreOf(page)) - expected.score)).toBeLessThan(tolerance);
    for (const [name, value] of Object.entries(await dimensionsOf(page))) {
      // Two decimals are shown.
      expect(Math.abs(value - expected.dimensions[name]), name).toBeLessThan(0.005 + tolerance);
    }
    expect(await page.locator("#runs-on").textContent()).toContain("WebGPU");
    expect(await page.locator("#picture-canvas").getAttribute("aria-label")).toBe("cat.png");
    await page.waitForFunction(() =>
      document.getElementById("announcement")!.textContent!.includes("Quality"),
    );
  });

  test("follows the sliders: blur costs score, and sharpness most", async () => {
    const { page } = opened;
    const [score, dimensions] = [await scoreOf(page), await dimensionsOf(page)];
    await page.locator("#slider-blur").fill("3");
    expect(await scoreOf(page)).toBeLessThan(score - 0.2);
    const blurred = await dimensionsOf(page);
    const fall = (name: string) => dimensions[name] - blurred[name];
    const falls = Object.keys(dimensions).sort((a, b) => fall(b) - fall(a));
    expect(falls[0]).toBe("sharpness");
    expect(await page.locator("#wrong").textContent()).toMatch(/blurry|soft|fuzzy/);
    expect(await page.locator("#score-note").textContent()).toContain("beside the unspoilt");

    await page.locator("#slider-blur").fill("0");
    for (const [slider, amount] of [
      ["noise", "40"],
      ["compression", "95"],
      ["darkness", "90"],
    ]) {
      await page.locator(`#slider-${slider}`).fill(amount);
      expect(await scoreOf(page), slider).toBeLessThan(score - 0.05);
      await page.locator(`#slider-${slider}`).fill("0");
    }
    await page.locator("#slider-noise").fill("40");
    await page.locator("#undo").click();
    expect(await scoreOf(page)).toBeCloseTo(score, 6);
    expect(await page.locator("#slider-noise").inputValue()).toBe("0");
  });

  test("judges the slider's last value, and never a queue of them", async () => {
    const { page } = opened;
    const before = await page.evaluate(() => performance.now());
    await page.locator("#slider-blur").evaluate((slider: HTMLInputElement) => {
      for (let i = 1; i <= 50; i++) {
        slider.value = String(i / 10);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    const judged = await page.evaluate(async () => {
      let changes = 0;
      const observer = new MutationObserver(() => changes++);
      observer.observe(document.getElementById("score-note")!, { childList: true });
      await new Promise((resolve) => setTimeout(resolve, 150));
      while (!document.getElementById("busy")!.hidden)
        await new Promise((resolve) => setTimeout(resolve, 20));
      observer.disconnect();
      return changes;
    });
    expect(before).toBeGreaterThan(0);
    expect(judged).toBeLessThanOrEqual(3);
    expect(await page.locator("#slider-blur").inputValue()).toBe("5");
    await page.locator("#undo").click();
    await settle(page);
  });

  test("says how a word fits", async () => {
    const { page } = opened;
    const picture = await crop(120, 60, 64);
    await page.locator("#word").fill("grainy");
    await page.keyboard.press("Enter");
    await settle(page);
    const expected = await model.describe(picture, ["grainy"]);
    const shown = page.locator('[data-word="grainy"]');
    // Two decimals are shown.
    expect(
      Math.abs(Number(await shown.locator(".bar-value").textContent()) - expected.texts[0].value),
    ).toBeLessThan(0.005 + tolerance);
    await page.locator("#word").fill("speckles all over");
    await page.locator("#words-form button").click();
    await settle(page);
    expect(await page.locator("#words li").count()).toBe(2);
    expect(await page.locator("#words").textContent()).toContain("taken for");
    await page.getByRole("button", { name: "Remove “grainy”" }).click();
    await settle(page);
    expect(await page.locator("#words li").count()).toBe(1);
    await page.getByRole("button", { name: /^Remove/ }).click();
    await settle(page);
  });

  test("lays every map over the picture, and blends it", async () => {
    const { page } = opened;
    const map = page.locator("#map-canvas");
    expect(await map.isVisible()).toBe(false);
    await page.locator("summary").click();
    const seen = new Set<string>();
    for (const radio of await page.locator('input[name="map"]:not([value="none"])').all()) {
      await radio.check({ force: true });
      await settle(page);
      expect(await map.isVisible()).toBe(true);
      seen.add(
        await map.evaluate((canvas: HTMLCanvasElement) => `${canvas.ariaLabel} ${canvas.toDataURL()}`),
      );
    }
    // Loss, quality, six dimensions, and two branches at four levels.
    expect(seen.size).toBe(16);
    await page.locator("#opacity").fill("25");
    expect(await map.evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe("0.25");
    await page.locator('input[name="map"][value="none"]').check({ force: true });
    expect(await map.isVisible()).toBe(false);
  });

  test("compares two pictures, with a divider between them", async () => {
    const { page } = opened;
    const [one, other] = [await crop(120, 60, 64), await crop(124, 60, 64)];
    await drop(page, [await pngFile("one.png", one), await pngFile("other.png", other)]);
    const expected = await model.compare(one, other);
    expect(Math.abs((await scoreOf(page)) - expected.score)).toBeLessThan(tolerance);
    expect(await page.locator("#mode-name").textContent()).toContain("full-reference");
    expect(await page.locator("#reference-text").textContent()).toContain("one.png");

    const clip = () =>
      page.locator("#picture-canvas").evaluate((canvas) => getComputedStyle(canvas).clipPath);
    const before = await clip();
    await page.locator("#split").focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowRight");
    expect(await clip()).not.toBe(before);
    expect(await page.locator("#split").getAttribute("aria-valuetext")).toBe("70% reference");

    await page.locator("#swap").click();
    await settle(page);
    expect(await page.locator("#reference-text").textContent()).toContain("other.png");
    const swapped = await model.compare(other, one);
    expect(Math.abs((await scoreOf(page)) - swapped.score)).toBeLessThan(tolerance);
  });

  test("times the layers", async () => {
    const { page } = opened;
    await page.locator("#measure").click();
    await page.waitForSelector("#profile li", { timeout: 100_000 });
    expect(await page.locator("#profile li").count()).toBeGreaterThan(5);
    expect(await page.locator("#profile-note").textContent()).toContain("ms for the network");
  });

  test("says what is wrong with a file, and how to mend it", async () => {
    const { page } = opened;
    const text = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") };
    await drop(page, [text]);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/“notes.txt” is not a picture[\s\S]*JPEG, PNG, WebP or AVIF/);
    await drop(page, [await pngFile("tiny.png", await crop(0, 0, 16))]);
    await page.waitForFunction(() =>
      document.querySelector('[role="alert"]')?.textContent?.includes("at least 32×32"),
    );
    await alert.getByRole("button", { name: "Dismiss" }).click();
    expect(await alert.count()).toBe(0);
  });

  test("changes between light and dark, and remembers it", async () => {
    const { page } = opened;
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.locator("#theme").click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    await page.waitForSelector("#runs-on[data-executor]");
  });

  test("can be used by the keyboard alone", async () => {
    const { page } = opened;
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: at } = document;
        return (
          at?.id || at?.getAttribute("data-do") || at?.getAttribute("data-sample") || at?.className || ""
        );
      });
    const tabTo = async (wanted: string) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if ((await focused()) === wanted) return;
      }
      throw new Error(`Tab does not come to ${wanted}.`);
    };
    // Before the keys: until the browser knows that somebody waits for its chooser, one that opens is lost.
    const chooser = page.waitForEvent("filechooser");
    await tabTo("skip");
    await tabTo("theme");
    await tabTo("choose");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(await pngFile("cat.png", await crop(120, 60, 64)));
    const score = await scoreOf(page);
    await tabTo("slider-blur");
    for (let i = 0; i < 3; i++) await page.keyboard.press("PageUp");
    expect(await scoreOf(page)).toBeLessThan(score);
    await tabTo("word");
    await page.keyboard.type("blurry");
    await page.keyboard.press("Enter");
    await settle(page);
    expect(Number(await page.locator('[data-word="blurry"] .bar-value').textContent())).toBeGreaterThan(0);
  });

  test("fits a phone", async () => {
    const { page } = opened;
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await page.locator("#badge").isVisible()).toBe(true);
  });

  test("has sent nothing anywhere, and complained of nothing", () => {
    const { requests, problems, server } = opened;
    expect(requests.filter((url) => !url.startsWith(`${server.url}/`))).toEqual([]);
    expect(requests.some((url) => url.includes("bpclip-s-fr"))).toBe(true);
    expect(problems).toEqual([]);
  });
});
