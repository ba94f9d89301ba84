/**
 * A page with the library in it, in a headless Chromium, as a strict site would serve it: no inline scripts, and no
 * code made of text.
 */
import { build } from "esbuild";
import { describe } from "vitest";
import { encodePng } from "../image/files.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { findChromium, launchChromium } from "../support/chromium.js";
import { smallConfig } from "../support/config.js";
import { type Served, type Server, serve } from "../support/server.js";
import type { functions } from "./page.js";
import { pattern } from "./pattern.js";

type Functions = typeof functions;

export interface TestPage {
  server: Server;
  /** Calls a function of ./page.ts in the page. */
  call<N extends keyof Functions>(
    name: N,
    ...args: Parameters<Functions[N]>
  ): Promise<Awaited<ReturnType<Functions[N]>>>;
  close(): Promise<void>;
}

const chromium = findChromium();

/** A suite that needs a browser. */
export const describeWeb = chromium
  ? describe
  : (name: string, tests: () => void) => describe.skip(`${name} (skipped: there is no Chromium)`, tests);

/** Small networks: what is tested is their surroundings, and a software adapter compiles them in seconds. */
export const weights = {
  nr: seededCheckpoint(smallConfig()),
  fr: seededCheckpoint(smallConfig({ mode: "fr" })),
};

export const policy = "default-src 'self'; img-src 'self' http://localhost:*";

/** @param more Served beside the page, the pattern as PNG, and the weights. */
export async function openPage(more: Served = {}): Promise<TestPage> {
  const server = await serve(
    {
      "/index.html":
        '<!doctype html><title>Test</title><link rel="icon" href="/opaque.png"><script type="module" src="/page.js"></script>',
      "/page.js": await bundle(),
      "/opaque.png": png("opaque"),
      "/transparent.png": png("transparent"),
      "/nr.safetensors": weights.nr,
      "/fr.safetensors": weights.fr,
      ...more,
    },
    { headers: { "Content-Security-Policy": policy } },
  );
  const browser = await launchChromium(chromium);
  const page = await browser.newPage();
  await page.goto(server.url, { waitUntil: "load" });
  return {
    server,
    call: (name, ...args) =>
      page.evaluate(
        ([name, args]) =>
          (globalThis as unknown as { functions: Record<string, (...args: unknown[]) => unknown> }).functions[
            name
          ](...args),
        [name, args] as [string, unknown[]],
      ) as never,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [new URL("page.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0].contents;
}

export function png(alpha: "opaque" | "transparent"): Uint8Array {
  const { width, height, data } = pattern(alpha);
  return encodePng({ width, height, depth: 8, colorType: 6, samples: data });
}
