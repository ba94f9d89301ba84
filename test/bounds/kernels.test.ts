/** The kernels' tests again, on shaders that check their own indices; see ./setup.ts. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { boundsWatch } from "../support/bounds-watch.js";
import { describeGpu } from "../support/gpu.js";

const kernels = readdirSync(new URL("../kernels/", import.meta.url))
  .filter((file) => file.endsWith(".gpu.test.ts"))
  .map((file) => `../kernels/${file}`);

// Of the shader that reads a caller's texture, the test is that of the API.
for (const file of [...kernels, "../api/texture.gpu.test.ts"]) {
  describe(file, async () => {
    await import(/* @vite-ignore */ file);
  });
}

describeGpu("the tests above", () => {
  test("make every access that there is", () => {
    // The epilogue is also that of convolutions; a linear layer has no gate.
    expect(boundsWatch.unmade).toEqual([expect.stringMatching(/^linear_row, line \d+: gate\[pixel\]$/)]);
  });
});
