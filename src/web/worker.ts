/** The model, in a worker of its own, so that the page stays responsive whatever runs it. */

import { Lazy } from "../api/lazy.js";
import { fitToModel } from "../image/policy.js";
import { resize } from "../image/resize.js";
import { BpclipError, DeviceError, loadModel, type Model, type Profile, type Reference } from "../index.js";
import type {
  Calls,
  Failure,
  JudgedReference,
  Judgement,
  JudgeRequest,
  Pair,
  Reply,
  Request,
  RunsOn,
} from "./messages.js";

/** What TypeScript's library for documents leaves out of a worker's global scope. */
interface WorkerScope {
  postMessage(message: Reply, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;

/** A device that is lost this often for one request is not asked a further time. */
const maxAttempts = 3;

/** Few, since a step may take a second where there is no GPU. */
const profileRuns = 3;

/** Pipelines and packed weights serve every size, and a small picture keeps the first real one waiting the least. */
const warmupSize = { width: 256, height: 192 };

let weights: Calls["open"]["ask"]["weights"];
let model = new Lazy(load);
let kept: { id: number; reference: Reference } | undefined;

scope.onmessage = async ({ data: request }) => {
  try {
    const answer = await respond(request);
    scope.postMessage({ kind: "answer", id: request.id, answer });
  } catch (error) {
    scope.postMessage({ kind: "failure", id: request.id, failure: failureOf(error) });
  }
};

function respond(request: Request): Promise<Calls[keyof Calls]["answer"]> {
  switch (request.call) {
    case "open":
      weights = request.ask.weights;
      return open();
    case "fit":
      return fit(request.ask.bitmap);
    case "judge":
      return onPair(request.ask, judge);
    case "profile":
      return onPair(request.ask, profile);
  }
}

async function open(): Promise<RunsOn> {
  const opened = await model.get();
  // Compiles while the weights arrive. What goes wrong here goes wrong with a picture, too, and is told then.
  opened.warmup(warmupSize).catch(() => {});
  await opened.load("nr");
  return runsOn(opened);
}

function load(): Promise<Model> {
  return loadModel(weights, {
    onProgress: (loaded, total) => scope.postMessage({ kind: "progress", loaded, total }),
    onNotice: () => scope.postMessage({ kind: "notice", notice: "cpu" }),
  });
}

/** Loads the model anew, on a new device. */
async function reopen(): Promise<void> {
  kept = undefined;
  await model.dispose();
  model = new Lazy(load);
  await model.get();
  scope.postMessage({ kind: "notice", notice: "recovered" });
}

async function fit(bitmap: ImageBitmap): Promise<ImageData> {
  const { width, height } = bitmap;
  const target = fitToModel(width, height);
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = context.getImageData(0, 0, width, height, { colorSpace: "srgb" });
  if (target.width === width && target.height === height) return pixels;
  const bytes = new Uint8Array(pixels.data.buffer);
  const { data } = resize({ width, height, data: bytes }, target.width, target.height);
  return new ImageData(new Uint8ClampedArray(data), target.width, target.height);
}

/** Does something with a picture, anew on a new device where one is lost, and closes a camera's frame in the end. */
async function onPair<P extends Pair, A>(pair: P, act: (model: Model, pair: P) => Promise<A>): Promise<A> {
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act(await model.get(), pair);
      } catch (error) {
        const isLost = error instanceof DeviceError && error.code === "DEVICE_LOST";
        if (!isLost || attempt === maxAttempts) throw error;
        await reopen();
      }
    }
  } finally {
    if ("close" in pair.picture) pair.picture.close();
  }
}

async function profile(model: Model, { picture, reference: asked }: Pair): Promise<Profile> {
  const reference = asked && (await referenceOf(model, asked));
  return model.profile(picture, { reference, resizeReference: true, runs: profileRuns });
}

async function judge(model: Model, request: JudgeRequest): Promise<Judgement> {
  const { picture, texts } = request;
  const reference = request.reference && (await referenceOf(model, request.reference));
  // Pictures may differ by a pixel at the model's scale; the page says so where they differ at their own.
  const options = { reference, resizeReference: true };
  if (request.reasons) {
    const { levels, quality, loss, dimensionMaps, ...score } = await model.explain(picture, options);
    const readings = texts.length > 0 ? (await model.describe(picture, texts, options)).texts : [];
    const reasons = { levels, quality, loss, dimensionMaps };
    return { score, reasons, texts: readings, runsOn: runsOn(model) };
  }
  if (texts.length > 0) {
    const { texts: readings, ...score } = await model.describe(picture, texts, options);
    return { score, texts: readings, runsOn: runsOn(model) };
  }
  const score = reference ? await model.compare(reference, picture, options) : await model.score(picture);
  return { score, texts: [], runsOn: runsOn(model) };
}

async function referenceOf(model: Model, { id, pixels }: JudgedReference): Promise<Reference> {
  if (kept?.id !== id) {
    kept?.reference.dispose();
    kept = undefined;
    kept = { id, reference: await model.reference(pixels) };
  }
  return kept.reference;
}

function runsOn({ executor, adapter, bytes }: Model): RunsOn {
  return { executor, adapter, bytes };
}

function failureOf(error: unknown): Failure {
  if (error instanceof BpclipError) return { code: error.code, message: error.message, mend: error.mend };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, mend: "Reload the page, and report this if it happens again." };
}
