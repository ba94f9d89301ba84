/** Lets any GPU test fail that has a shader read or write outside of what is bound. */
import { afterEach, expect, vi } from "vitest";
import { boundsWatch } from "../support/bounds-watch.js";

vi.mock("../../src/kernels/shaders.generated.js", async (importOriginal) => {
  const { shaders } = await importOriginal<typeof import("../../src/kernels/shaders.generated.js")>();
  const checked = Object.entries(shaders).map(([name, code]) => [name, boundsWatch.check(name, code)]);
  return { shaders: Object.fromEntries(checked) };
});

vi.mock("../../src/node/adapter.js", async (importOriginal) => {
  const { requestNodeAdapter } = await importOriginal<typeof import("../../src/node/adapter.js")>();
  return {
    requestNodeAdapter: async (...mode: Parameters<typeof requestNodeAdapter>) =>
      boundsWatch.adapter(await requestNodeAdapter(...mode)),
  };
});

// Spread over two dimensions, with more workgroups than are needed, as those of large pictures are.
vi.mock("../../src/kernels/dispatch-size.js", () => {
  const spread = (count: number) => [Math.floor(count / 2) + 1, 2, 1];
  return { spread, invocations: (count: number) => spread(Math.ceil(count / 64)) };
});

afterEach(async () => expect(await boundsWatch.outside()).toEqual([]));
