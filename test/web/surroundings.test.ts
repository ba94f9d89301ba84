/** In a worker, under a strict Content-Security-Policy, and with the shipped checkpoints beside the bundle. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../../src/node/index.js";
import { shipped } from "../support/describe.js";
import { describeWeb, openPage, type TestPage } from "./browser.js";
import { workerInputs } from "./inputs.js";
import { pattern } from "./pattern.js";

/** What two executors of a network may differ by. */
const executors = 1e-4;

describeWeb("the library in a browser", () => {
  let page: TestPage;
  const shippedFiles = Object.fromEntries(
    (["nr", "fr"] as const).map((mode) => [`/weights/bpclip-s-${mode}.safetensors`, shipped(mode)]),
  );

  beforeAll(async () => {
    page = await openPage(shippedFiles);
  });
  afterAll(() => page?.close());

  test("a worker scores every kind of picture that workers have", async () => {
    const source = { nr: "/nr.safetensors" };
    expect(await page.call("inWorker", "load", source)).toBe("webgpu");
    const raw = await page.call("inWorker", "score", "raw", "transparent");
    for (const kind of Object.keys(workerInputs)) {
      expect(await page.call("inWorker", "score", kind, "transparent"), kind).toBe(raw);
    }
    await page.call("load", source, { adapter: "cpu" });
    expect(Math.abs(Number(raw) - (await page.call("score", "raw", "transparent")))).toBeLessThan(executors);
  });

  test("the shipped checkpoints are found beside the bundle, and score as in Node", async () => {
    expect(await page.call("load", undefined)).toBe("webgpu");
    const model = await loadModel({ nr: shipped("nr") }, { adapter: "cpu" });
    for (const alpha of ["opaque", "transparent"] as const) {
      const { score } = await model.score(pattern(alpha));
      expect(Math.abs((await page.call("score", "Blob", alpha)) - score)).toBeLessThan(executors);
    }
  });

  test("all that broke no rule of the site, which forbids code made of text", async () => {
    expect(await page.call("violations")).toEqual([]);
    expect(await page.call("inWorker", "violations")).toEqual([]);
    expect(await page.call("forbidsEval")).toBe(true);
    expect(await page.call("inWorker", "forbidsEval")).toBe(true);
    expect(await page.call("violations")).toEqual(["script-src eval"]);
  });
});
