/** Checkpoints that are opened on their header: whichever way the bytes come, and wherever they end. */
import { expect, test, vi } from "vitest";
import { type ArrivingCheckpoint, openArriving } from "../../src/weights/arriving.js";
import { openCheckpoint } from "../../src/weights/checkpoint.js";
import type { WeightsSource } from "../../src/weights/load.js";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.js";
import { seededCheckpoint } from "../support/checkpoint.js";
import { smallConfig } from "../support/config.js";
import { expectCode } from "../support/errors.js";

const file = seededCheckpoint(smallConfig());
const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
const [{ data: firstTensor }] = readSafetensors(file).tensors.values();

/** An answer whose bytes come as they are sent. */
function sending(headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const seen = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      seen.cancelled = true;
    },
  });
  return {
    seen,
    response: new Response(body, { headers }),
    send: (bytes: Uint8Array) => controller.enqueue(bytes),
    end: () => controller.close(),
    fail: () => controller.error(new Error("connection reset")),
  };
}

/** An answer in chunks of these lengths, the last of which is repeated. */
function chunked(bytes: Uint8Array, lengths: number[]): Response {
  const { response, send, end } = sending();
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const length = lengths[Math.min(i, lengths.length - 1)];
    send(bytes.subarray(start, start + length));
    start += length;
  }
  end();
  return response;
}

/** Both halves of an opening. */
async function openWhole(source: WeightsSource, options = {}) {
  const { config, whole } = await openArriving(source, options);
  return { config, checkpoint: await whole };
}

test.each([
  ["a byte at a time up to the data", [...Array(headerEnd).fill(1), file.length]],
  ["a length split in two", [3, 5, file.length]],
  ["the length alone first", [8, file.length]],
  ["the length and a byte", [9, file.length]],
  ["a header that lacks its last byte", [headerEnd - 1, 1, file.length]],
  ["the header alone first", [headerEnd, file.length]],
  ["a header with a byte of the data", [headerEnd + 1, file.length]],
  ["lengths of no system", [1, 13, 997, 7, 4093]],
  ["at once", [file.length]],
])("%s", async (_, lengths) => {
  const { config, checkpoint } = await openWhole(chunked(file, lengths));
  expect(config).toEqual(smallConfig());
  expect(checkpoint.sha256).toBe((await openCheckpoint(file)).sha256);
  expect(checkpoint.byteLength).toBe(file.length);
});

test("opens when the last byte of the header comes, and not before", async () => {
  const { response, send, end } = sending();
  let arrived = (_: number) => {};
  const arrival = () => new Promise<number>((resolve) => (arrived = resolve));
  let isOpen = false;
  const opening = openArriving(response, { onProgress: (loaded) => arrived(loaded) });
  opening.then(() => {
    isOpen = true;
  });

  const most = arrival();
  send(file.subarray(0, headerEnd - 1));
  expect(await most).toBe(headerEnd - 1);
  // Later than all that an arrival sets off.
  await new Promise((resolve) => setTimeout(resolve));
  expect(isOpen).toBe(false);

  send(file.subarray(headerEnd - 1, headerEnd));
  const { config, whole } = await opening;
  expect(config).toEqual(smallConfig());

  send(file.subarray(headerEnd));
  end();
  expect((await whole).sha256).toBe((await openCheckpoint(file)).sha256);
});

test("bytes in memory and a blob are opened likewise; a path, by what reads it", async () => {
  const { sha256 } = await openCheckpoint(file);
  for (const source of [file, file.buffer as ArrayBuffer, new Blob([file as BlobPart])]) {
    expect((await openWhole(source)).checkpoint.sha256).toBe(sha256);
  }
  const read = await openWhole("a.safetensors", { readFile: async () => file });
  expect(read.checkpoint.sha256).toBe(sha256);
});

test("the file is held once", async () => {
  const { response, send, end } = sending({ "content-length": String(file.length) });
  send(file.subarray(0, headerEnd + 5));
  send(file.subarray(headerEnd + 5));
  end();
  const { checkpoint } = await openWhole(response);
  const views = checkpoint.keys().map((key) => checkpoint.get(key, shapeOf(key)));
  expect(new Set(views.map(({ buffer }) => buffer)).size).toBe(1);
  expect(views[0].buffer.byteLength).toBe(file.length);
});

const ends: [string, number][] = [
  ["before the first byte", 0],
  ["in the length", 7],
  ["after the length", 8],
  ["in the header", 9],
  ["a byte before the data", headerEnd - 1],
  ["where the data begin", headerEnd],
  ["in the first tensor", headerEnd + 1],
  ["after the first tensor", headerEnd + firstTensor.length],
  ["a byte before the end", file.length - 1],
];

test.each(ends)("a file that ends %s is truncated, however it comes", async (_, length) => {
  const part = file.slice(0, length);
  const sources: WeightsSource[] = [
    part,
    new Blob([part]),
    chunked(part, [4, 9, 1000]),
    // Content-Length promises more than comes.
    new Response(part, { headers: { "content-length": String(file.length) } }),
  ];
  for (const source of sources) await expectCode("WEIGHTS_TRUNCATED", () => openWhole(source));
  await expectCode("WEIGHTS_TRUNCATED", () => openWhole("a", { readFile: async () => part }));
});

test.each(ends)("an answer that breaks off %s says after how many bytes", async (_, length) => {
  const { response, send, fail } = sending();
  // Fails only once all of it has been read: an error overtakes what waits in a stream.
  const onProgress = (loaded: number) => loaded === length && fail();
  const opening = openWhole(response, { onProgress });
  if (length > 0) send(file.subarray(0, length));
  else fail();
  const { message } = await expectCode("WEIGHTS_HTTP", () => opening);
  expect(message).toContain(`broke off after ${length} bytes: connection reset`);
});

test("a file that is longer than its header says is refused in the end", async () => {
  const longer = new Uint8Array([...file, 0]);
  const { config, whole } = await openArriving(chunked(longer, [headerEnd, 1000]), {});
  expect(config).toEqual(smallConfig());
  await expectCode("WEIGHTS_TRAILING", () => whole);
});

test("an answer that is longer than its Content-Length says is read to its end", async () => {
  const response = new Response(file as BodyInit, { headers: { "content-length": "100" } });
  expect((await openWhole(response)).checkpoint.byteLength).toBe(file.length);
});

/** Its header with other metadata, or other tensors. */
function changed(metadata: Record<string, string>, rename: (key: string) => string = (key) => key) {
  const tensors = [...readSafetensors(file).tensors.values()].map(({ name, shape }) => {
    return [rename(name), { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const;
  });
  return writeSafetensors(new Map(tensors), metadata);
}

const huge = new Uint8Array(8);
new DataView(huge.buffer).setBigUint64(0, 2n ** 40n, true);
const bpclip = JSON.stringify(smallConfig());

test.each([
  ["a header longer than any", "WEIGHTS_HEADER", huge],
  ["a web page", "WEIGHTS_HEADER", new TextEncoder().encode("<!doctype html>")],
  ["safetensors of something else", "WEIGHTS_NOT_BPCLIP", changed({})],
  ["a config that is none", "WEIGHTS_CONFIG", changed({ bpclip: "{}" })],
  ["tensors of another network", "WEIGHTS_KEYS", changed({ bpclip }, (key) => `${key}.other`)],
])("%s is refused before the rest has come, and no more is asked for", async (_, code, bytes) => {
  const { response, send, seen } = sending();
  const end =
    bytes.length < 100 ? bytes.length : 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  send(bytes.subarray(0, end));
  await expectCode(code, () => openArriving(response, {}));
  expect(seen.cancelled).toBe(true);
});

test("nothing above maxBytes is taken, though its header is there", async () => {
  const { response, send } = sending();
  send(file.subarray(0, headerEnd));
  const { whole } = await openArriving(response, { maxBytes: file.length - 1 });
  send(file.subarray(headerEnd));
  await expectCode("WEIGHTS_TOO_LARGE", () => whole);
});

test.each([
  ["before its header", 4],
  ["after it", headerEnd + 4],
])("a signal ends a file %s, with its reason", async (_, length) => {
  const controller = new AbortController();
  const reason = new Error("changed my mind");
  const { response, send, seen } = sending();
  const opening = openArriving(response, { signal: controller.signal });
  send(file.subarray(0, length));
  const waiting: Promise<ArrivingCheckpoint | unknown> =
    length < headerEnd ? opening : opening.then(({ whole }) => whole);
  if (length > headerEnd) await opening;
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(seen.cancelled).toBe(true);
});

test("progress rises to the size, as the bytes come", async () => {
  const steps: number[] = [];
  await openWhole(chunked(file, [5, headerEnd, 1000]), {
    onProgress: (loaded: number) => steps.push(loaded),
  });
  expect(steps.slice(0, 3)).toEqual([5, 5 + headerEnd, 1005 + headerEnd]);
  expect(steps.at(-1)).toBe(file.length);
});

function shapeOf(key: string): number[] {
  return readSafetensors(file).tensors.get(key)!.shape;
}

test("a kept file is opened when it is found to be whole, and otherwise the one that is fetched anew", async () => {
  const other = seededCheckpoint(smallConfig({ mode: "fr" }));
  const kept = new Map([["https://example.org/damaged", other.slice(0, -1)]]);
  const store = {
    match: async (url: string) => kept.has(url) && new Response(kept.get(url) as BodyInit),
    delete: async (url: string) => kept.delete(url),
    put: async (url: string, response: Response) => {
      kept.set(url, new Uint8Array(await response.arrayBuffer()));
    },
  };
  vi.stubGlobal("caches", { open: async () => store });
  const fetched = vi.fn(async () => chunked(file, [headerEnd, 1000]));
  vi.stubGlobal("fetch", fetched);
  try {
    for (const _ of ["fetched", "kept"]) {
      const { config, checkpoint } = await openWhole("https://example.org/damaged", { cache: true });
      expect(config.mode).toBe("nr");
      expect(checkpoint.config).toEqual(config);
    }
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(kept.get("https://example.org/damaged")).toEqual(file);
  } finally {
    vi.unstubAllGlobals();
  }
});
