/** What the tests call in a page, or in a worker of it: bundled with the library and served as /page.js. */
import { type ImageInput, type LoadModelOptions, loadModel, type Model } from "../../src/index.js";
import {
  type Alpha,
  badInputs,
  convertedInputs,
  pageInputs,
  textureInputs,
  wideGamutInputs,
  workerInputs,
} from "./inputs.js";
import { pattern } from "./pattern.js";

const inputs = { ...pageInputs, ...textureInputs };

let device: GPUDevice;
let model: Model;

export const functions = {
  /** Loads a model on a device of the page's own, or on the CPU. */
  async load(
    source: { nr?: string; fr?: string } | undefined,
    options: LoadModelOptions = {},
  ): Promise<string> {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter) throw new Error("The browser has no WebGPU adapter.");
    device ??= await adapter.requestDevice();
    model = await loadModel(source, options.adapter ? options : { ...options, device });
    return model.executor;
  },

  async score(kind: keyof typeof inputs | "raw", alpha: Alpha): Promise<number> {
    const picture = pattern(alpha);
    const image = kind === "raw" ? picture : await inputs[kind](picture, alpha, device);
    const { score } = await model.score(image);
    if (image instanceof VideoFrame) image.close();
    return score;
  },

  async scoreFile(path: string, as: "URL" | "HTMLImageElement"): Promise<[number, number, number]> {
    const image = Object.assign(new Image(), { src: path });
    await image.decode();
    const { score, width, height } = await model.score(as === "URL" ? path : image);
    return [score, width, height];
  },

  /** The score of what a browser converts, that of the pixels that its canvas shows, and the size of both. */
  async scoreConverted(
    kind: keyof typeof convertedInputs,
  ): Promise<{ score: number; shown: number; size: number[] }> {
    const image = await convertedInputs[kind](pattern("opaque"));
    const { score, width, height } = await model.score(image);
    const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    const shown = await model.score(context.getImageData(0, 0, width, height));
    return { score, shown: shown.score, size: [width, height] };
  },

  async scoreWide(kind: keyof typeof wideGamutInputs): Promise<number> {
    return (await model.score(wideGamutInputs[kind]())).score;
  },

  /** A canvas wider than a texture may be, and its pixels. */
  async scoreTooWide(): Promise<[number, number]> {
    const canvas = new OffscreenCanvas(device.limits.maxTextureDimension2D + 8, 160);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    for (let x = 0; x < canvas.width; x += 50) {
      context.fillStyle = `rgb(${(x / 50) % 256} ${(x / 20) % 256} 90)`;
      context.fillRect(x, (x / 50) % 80, 40, 100);
    }
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    return [(await model.score(canvas)).score, (await model.score(pixels)).score];
  },

  /** Compares two patterns, each in a form of its own. */
  async compare(reference: keyof typeof inputs, image: keyof typeof inputs): Promise<number[]> {
    const made = await inputs[reference](pattern("opaque"), "opaque", device);
    const other = () => inputs[image](pattern("transparent"), "transparent", device);
    const { score } = await model.compare(made, await other());
    const kept = await model.reference(made);
    const again = await model.compare(kept, await other());
    kept.dispose();
    return [score, again.score];
  },

  /** Scores what is gone or another as soon as the call has returned. */
  async scoreInPassing(): Promise<number[]> {
    const picture = pattern("opaque");
    const bitmap = await workerInputs.ImageBitmap(picture);
    const canvas = workerInputs.OffscreenCanvas(picture);
    const frame = workerInputs.VideoFrame(picture);
    const texture = textureInputs["GPUTexture, rgba8unorm"](picture, "opaque", device);
    const scores = [bitmap, canvas, frame, texture].map((image) => model.score(image));
    bitmap.close();
    canvas.width = 33;
    frame.close();
    texture.destroy();
    return (await Promise.all(scores)).map(({ score }) => score);
  },

  /** The code of a bad input's error, and its mend. */
  async refuse(name: keyof typeof badInputs, elsewhere: string): Promise<[string, string]> {
    const [, make] = badInputs[name];
    const image = (await make(pattern("opaque"), elsewhere, device)) as ImageInput;
    return codeOf(model.score(image));
  },

  /** GPU bytes after each of some frames of a video. */
  async watch(frames: number): Promise<number[]> {
    const bytes: number[] = [];
    for (let seed = 1; seed <= frames; seed++) {
      const frame = workerInputs.VideoFrame(pattern("opaque", seed));
      await model.score(frame);
      frame.close();
      bytes.push(model.bytes);
    }
    return bytes;
  },

  /** Loses the device while a picture is scored; the codes of that score and of the next. */
  async lose(): Promise<string[]> {
    const running = codeOf(model.score(pattern("opaque")));
    device.destroy();
    const codes = [await running, await codeOf(model.score(pattern("opaque")))].map(([code]) => code);
    const frame = workerInputs.VideoFrame(pattern("opaque"));
    codes.push((await codeOf(model.score(frame)))[0]);
    model.dispose();
    return codes;
  },

  /** Loads on a device of the library's own. */
  async loadAnew(source: { nr?: string; fr?: string }): Promise<string> {
    model = await loadModel(source);
    return model.adapter;
  },

  /** Loads on the CPU, and gives every step of the progress. */
  async watchLoading(url: string, cache?: boolean | string): Promise<[number, number | undefined][]> {
    const steps: [number, number | undefined][] = [];
    const loaded = await loadModel(url, {
      adapter: "cpu",
      cache,
      onProgress: (...step) => steps.push(step),
    });
    loaded.dispose();
    return steps;
  },

  async failLoading(url: string, cache?: boolean | string): Promise<string> {
    return (await codeOf(loadModel(url, { adapter: "cpu", cache })))[0];
  },

  async cached(name: string): Promise<string[]> {
    const store = await caches.open(name);
    return (await store.keys()).map(({ url }) => new URL(url).pathname);
  },

  async damage(name: string, url: string): Promise<void> {
    await (await caches.open(name)).put(url, new Response("no weights"));
  },

  /** What the site's policy has refused so far. */
  violations: (): string[] => violations,

  /** Whether the site's policy forbids to make code of text; asked later, as a debugger's own call may do it. */
  async forbidsEval(): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve));
    try {
      // biome-ignore lint/security/noGlobalEval: what is tested is that it fails.
      globalThis.eval("1");
      return false;
    } catch {
      return true;
    }
  },

  /** Calls one of these functions in a worker. */
  inWorker(name: string, ...args: unknown[]): Promise<unknown> {
    worker ??= new Worker("/page.js", { type: "module" });
    const id = crypto.randomUUID();
    worker.postMessage({ id, name, args });
    return new Promise((resolve, reject) => {
      worker?.addEventListener("message", ({ data }) => {
        if (data.id !== id) return;
        if (data.error) reject(new Error(data.error));
        else resolve(data.result);
      });
    });
  },
};

let worker: Worker | undefined;

const violations: string[] = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  violations.push(`${violatedDirective} ${blockedURI}`);
});

async function codeOf(failing: Promise<unknown>): Promise<[string, string]> {
  try {
    await failing;
    return ["nothing was thrown", ""];
  } catch (error) {
    const { code, mend } = error as { code?: string; mend?: string };
    return [code ?? String(error), mend ?? ""];
  }
}

if (typeof document === "undefined") {
  addEventListener("message", async ({ data: { id, name, args } }) => {
    const call = functions[name as keyof typeof functions] as (...args: unknown[]) => unknown;
    try {
      postMessage({ id, result: await call(...args) });
    } catch (error) {
      postMessage({ id, error: String(error) });
    }
  });
}
Object.assign(globalThis, { functions });
