/**
 * The pages in ./bundlers, built by each bundler from the installed package, and loaded in Chromium: what
 * users of each must do, and no more, is in their folder and in the builds below.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import type { Browser } from "playwright-core";
import * as vite from "vite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import webpack from "webpack";
import { loadModel } from "../../src/node/index.js";
import { encodePng } from "../image/files.js";
import { findChromium, launchChromium } from "../support/chromium.js";
import { seededPicture } from "../support/seeded.js";
import { serve } from "../support/server.js";

const project = inject("project");
const pages = fileURLToPath(new URL("bundlers", import.meta.url));
const [width, height] = [64, 48];
const photo = encodePng({
  ...{ width, height, depth: 8, colorType: 2 },
  samples: seededPicture(height, width, 1),
});

type Build = (root: string, out: string) => Promise<void>;

const builds: Record<string, Build> = {
  async vite(root, outDir) {
    await vite.build({ root, base: "./", logLevel: "silent", build: { outDir, target: "esnext" } });
  },

  async webpack(context, path) {
    const compiler = webpack({
      mode: "production",
      // Minifying is what takes its time, and nothing here depends on it.
      optimization: { minimize: false },
      performance: false,
      context,
      entry: "./main.js",
      output: { path, filename: "main.js", module: true },
      experiments: { outputModule: true },
    });
    await new Promise<void>((resolve, reject) => {
      compiler?.run((error, stats) => {
        if (error || stats?.hasErrors() || stats?.hasWarnings()) reject(error ?? new Error(String(stats)));
        else resolve();
      });
    });
    copyFileSync(join(context, "index.html"), join(path, "index.html"));
  },

  async esbuild(root, outdir) {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: ["main.js"],
      outdir,
      bundle: true,
      minify: true,
      format: "esm",
      loader: { ".safetensors": "file" },
    });
    copyFileSync(join(root, "index.html"), join(outdir, "index.html"));
  },

  /** No bundler: the page and the package as they are. */
  async script(root, out) {
    mkdirSync(join(out, "node_modules"), { recursive: true });
    copyFileSync(join(root, "index.html"), join(out, "index.html"));
    symlinkSync(join(project, "node_modules", "bpclip"), join(out, "node_modules", "bpclip"), "junction");
  },
};

/** What Node says of the same pixels: the same code on the same CPU, to the 3 digits that the pages show. */
let expected: string;
let browser: Browser | undefined;

beforeAll(async () => {
  const model = await loadModel(undefined, { adapter: "cpu" });
  expected = (await model.score(photo)).score.toFixed(3);
  model.dispose();
  for (const name of Object.keys(builds)) cpSync(join(pages, name), join(project, name), { recursive: true });
  if (findChromium()) browser = await launchChromium();
});

afterAll(() => browser?.close());

/** What a page shows, or the first error that it meets. */
async function shownBy(url: string): Promise<string> {
  const page = await browser!.newPage();
  try {
    // The CPU is at once; test/web is about WebGPU in browsers.
    await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { value: undefined }));
    const failure = new Promise<never>((_, reject) => page.once("pageerror", reject));
    const shown = page.waitForFunction(() => document.querySelector("output")?.textContent, undefined, {
      timeout: 100_000,
    });
    await page.goto(url);
    return (await (await Promise.race([shown, failure])).jsonValue()) ?? "";
  } finally {
    await page.close();
  }
}

const inChromium = test.runIf(findChromium());
const why = findChromium() ? "" : " (skipped: no Chromium here)";

describe.each(Object.keys(builds))("%s", (name) => {
  const out = join(project, name, "out");

  test("builds, with the checkpoints beside the page", async () => {
    await builds[name](join(project, name), out);
    const weights = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) =>
      path.endsWith(".safetensors"),
    );
    const sizes = weights.map((path) => readFileSync(join(out, path)).length);
    const shipped = inject("packed").files.filter(({ path }) => path.endsWith(".safetensors"));
    expect(sizes.toSorted()).toEqual(shipped.map(({ size }) => size).toSorted());
  });

  inChromium(`scores a picture in the browser${why}`, async () => {
    writeFileSync(join(out, "photo.png"), photo);
    const server = await serve(out);
    try {
      expect(await shownBy(`${server.url}/index.html`)).toBe(expected);
    } finally {
      await server.close();
    }
  });
});

describe("vite's development server", () => {
  inChromium(`serves the checkpoints of the package that it bundles ahead${why}`, async () => {
    const root = join(project, "vite");
    writeFileSync(join(root, "photo.png"), photo);
    const server = await vite.createServer({ root, logLevel: "silent" });
    try {
      await server.listen(0);
      expect(await shownBy(server.resolvedUrls?.local[0] ?? "")).toBe(expected);
    } finally {
      await server.close();
    }
  });
});
