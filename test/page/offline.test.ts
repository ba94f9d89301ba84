/** The page without a network, after a first visit. */
import { expect, test } from "vitest";
import { crop, describePage, drop, pngFile, scoreOf } from "./open-page.js";

describePage("the page offline", (openPage) => {
  test("loads again, and judges, alone and beside a reference, with the server gone", async () => {
    const { page, server, problems, close } = await openPage();
    await page.waitForFunction(() =>
      document.getElementById("offline")!.textContent!.includes("without a network"),
    );
    await server.close();
    await page.reload();
    await page.waitForSelector("#runs-on[data-executor]");
    const file = await pngFile("cat.png", await crop(120, 60, 64));
    await drop(page, [file]);
    expect(await scoreOf(page)).toBeGreaterThan(0);
    await drop(page, [file, file]);
    expect(await scoreOf(page)).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await close();
  });
});
