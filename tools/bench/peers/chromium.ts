/**
 * The process of an engine in a headless Chromium: `chromium NETWORK PAGE MODEL`, the first as JSON, the second the
 * bundled script of ./page-*.ts, the third the file that it loads.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Browser, CDPSession, Page } from "playwright-core";
import { launchChromium } from "../../../test/support/chromium.js";
import { type Served, type Server, serve } from "../../../test/support/server.js";
import type { Engine, Usage } from "./engine.js";
import { serveEngine } from "./serve.js";

const [networkJson, script, model] = process.argv.slice(2);

/** Bytes of a page of memory, on every Linux on x64. */
const pageBytes = 4096;

/** What `page.ts` leaves in the page. */
declare const engine: Engine;

class ChromiumEngine implements Engine {
  #server!: Server;
  #browser!: Browser;
  #session!: CDPSession;
  #page!: Page;
  #gpuBytes: number | null = null;

  async prepare(): Promise<void> {
    this.#server = await serve(files(), {
      // With them ONNX Runtime may use threads.
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    });
    // A run of the slower engine would be taken for a hanging GPU.
    this.#browser = await launchChromium(undefined, ["--disable-gpu-watchdog"]);
    this.#session = await this.#browser.newBrowserCDPSession();
    this.#page = await this.#browser.newPage();
    this.#page.setDefaultTimeout(0);
    await this.#page.goto(`${this.#server.url}/?network=${encodeURIComponent(networkJson)}`);
    await this.#page.waitForFunction("'engine' in globalThis");
    await this.#page.evaluate(() => engine.prepare?.());
  }

  async load(): Promise<string> {
    await this.#page.evaluate(() => engine.load());
    return this.#page.evaluate(async () => {
      const info = (await navigator.gpu.requestAdapter())!.info;
      return info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(" ");
    });
  }

  compile(): Promise<void> {
    return this.#page.evaluate(() => engine.compile());
  }

  async run(): Promise<number[]> {
    const output = await this.#page.evaluate(() => engine.run());
    this.#gpuBytes = await this.#page.evaluate(() => engine.gpuBytes());
    return output;
  }

  gpuBytes(): number | null {
    return this.#gpuBytes;
  }

  /** Of all the browser's processes together; pages of memory that they share count in each. */
  async usage(): Promise<Usage> {
    const { processInfo } = await this.#session.send("SystemInfo.getProcessInfo");
    const rss = processInfo.map(({ id }) => residentBytes(id));
    return {
      cpu: 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
      rss: rss.includes(null) ? null : rss.reduce((sum: number, bytes) => sum + bytes!, 0),
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
  }
}

function files(): Served {
  const runtime = new URL("node_modules/onnxruntime-web/dist/", import.meta.url);
  const names = existsSync(runtime) ? readdirSync(runtime).filter((name) => /\.(mjs|wasm)$/.test(name)) : [];
  return {
    ...Object.fromEntries(names.map((name) => [`/ort/${name}`, readFileSync(new URL(name, runtime))])),
    "/index.html": '<!doctype html><meta charset="utf-8"><script type="module" src="/engine.js"></script>',
    "/engine.js": readFileSync(script),
    "/model": readFileSync(model),
  };
}

function residentBytes(id: number): number | null {
  try {
    return Number(readFileSync(`/proc/${id}/statm`, "utf8").split(" ")[1]) * pageBytes;
  } catch {
    return null;
  }
}

await serveEngine(new ChromiumEngine(), 0);
