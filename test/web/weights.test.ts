/** Weights by URL in a page: their progress, and the cache that keeps them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Handler } from "../support/server.js";
import { describeWeb, openPage, type TestPage, weights } from "./browser.js";

const size = weights.nr.byteLength;

/** Sends the weights without saying how long they are. */
const unsaid: Handler = (_, response) => {
  response.write(weights.nr.subarray(0, 1000));
  response.end(weights.nr.subarray(1000));
};

/** Breaks off in the midst. */
const cut: Handler = (_, response) => {
  response.writeHead(200, { "Content-Length": size });
  response.write(weights.nr.subarray(0, 1000), () => response.destroy());
};

describeWeb("weights by URL in a browser", () => {
  let page: TestPage;
  const fetched = (path: string) =>
    page.server.requests.filter((request) => request === `GET ${path}`).length;

  beforeAll(async () => {
    const copies = ["/once", "/default", "/damaged"].map((path) => [path, weights.nr]);
    page = await openPage({ ...Object.fromEntries(copies), "/unsaid": unsaid, "/cut": cut, "/none": "none" });
  });
  afterAll(() => page?.close());

  test.each([
    ["/nr.safetensors", size],
    ["/unsaid", undefined],
  ])("the progress of %s rises to its size, of a total of %s", async (path, total) => {
    const steps = await page.call("watchLoading", path);
    expect(steps.at(-1)).toEqual([size, total]);
    for (const [i, [loaded]] of steps.entries()) expect(loaded).toBeGreaterThan(steps[i - 1]?.[0] ?? 0);
  });

  test("nothing is kept unless asked for", async () => {
    await page.call("watchLoading", "/nr.safetensors");
    expect(await page.call("cached", "bpclip")).toEqual([]);
  });

  test("a cached file is fetched once, and its progress is told each time", async () => {
    const first = await page.call("watchLoading", "/once", "a name of mine");
    const second = await page.call("watchLoading", "/once", "a name of mine");
    expect(fetched("/once")).toBe(1);
    for (const steps of [first, second]) expect(steps.at(-1)).toEqual([size, size]);
    expect(await page.call("cached", "a name of mine")).toEqual(["/once"]);
    await page.call("watchLoading", "/default", true);
    expect(await page.call("cached", "bpclip")).toEqual(["/default"]);
  });

  test("a kept file that does not open is fetched anew and kept", async () => {
    await page.call("damage", "bpclip", "/damaged");
    for (const _ of ["anew", "kept"]) {
      expect((await page.call("watchLoading", "/damaged", true)).at(-1)).toEqual([size, size]);
    }
    expect(fetched("/damaged")).toBe(1);
  });

  test("what is no weights file, missing or cut off is a typed error, and not kept", async () => {
    const before = await page.call("cached", "bpclip");
    expect(await page.call("failLoading", "/none", true)).toMatch(/^WEIGHTS_/);
    expect(await page.call("failLoading", "/missing", true)).toBe("WEIGHTS_HTTP");
    expect(await page.call("failLoading", "/cut", true)).toBe("WEIGHTS_HTTP");
    expect(await page.call("cached", "bpclip")).toEqual(before);
  });
});
