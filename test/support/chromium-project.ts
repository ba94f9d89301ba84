/**
 * The GPU tests in a headless Chromium, by Vitest's browser mode: the test files run in the page, on its navigator.gpu.
 * What they use of Node is replaced: the library's entry for Node by that for browsers, and node:fs by requests.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import type { TestProjectInlineConfiguration } from "vitest/config";
import type { BrowserProviderOption } from "vitest/node";
import { launchChromium } from "./chromium.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param test The project's name, files, environment and time limits. */
export function chromiumProject(
  test: NonNullable<TestProjectInlineConfiguration["test"]>,
): TestProjectInlineConfiguration {
  return {
    define: { "process.env": test.env ?? {} },
    resolve: {
      alias: [
        { find: /^(.*\/src)\/node\/index\.js$/, replacement: "$1/index.js" },
        { find: "node:fs", replacement: join(root, "test/support/browser-fs.ts") },
      ],
    },
    optimizeDeps: { exclude: ["webgpu"] },
    plugins: [folderListing],
    test: {
      ...test,
      // The instance has the project's name, and no two may be alike.
      name: `${test.name} page`,
      browser: {
        enabled: true,
        headless: true,
        provider: chromium,
        instances: [{ browser: "chromium", name: test.name as string }],
        screenshotFailures: false,
      },
    },
  };
}

/** Opens the pages of Vitest's runner, with the flags that give WebGPU. */
const chromium: BrowserProviderOption = {
  name: "chromium",
  options: {},
  // Loaded when the project runs, so that other projects do not wait for it.
  serverFactory: async (options) => (await import("@vitest/browser")).createBrowserServer(options),
  providerFactory() {
    let browser: Promise<Browser> | undefined;
    return {
      name: "chromium",
      supportsParallelism: false,
      getCommandsContext: () => ({}),
      async openPage(_session, url) {
        browser ??= launchChromium();
        const page = await (await browser).newPage();
        await page.goto(url, { timeout: 0 });
      },
      close: async () => (await browser)?.close(),
    };
  },
};

/** Answers a folder of test/ with the names in it. */
const folderListing: NonNullable<TestProjectInlineConfiguration["plugins"]>[number] = {
  name: "folder-listing",
  configureServer({ middlewares }) {
    middlewares.use((request, response, next) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      if (!/^\/test\/[\w/]+\/$/.test(pathname)) return next();
      response.end(JSON.stringify(readdirSync(join(root, pathname))));
    });
  },
};
