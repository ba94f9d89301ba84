import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadBytes, type WeightsSource } from "../../src/weights/load.js";
import { expectCode } from "../support/errors.js";

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);

const routes: Record<string, RequestListener> = {
  "/weights": (_, response) => response.writeHead(200, { "content-length": content.length }).end(content),
  "/chunked": (_, response) => {
    response.write(content.subarray(0, 1000));
    response.end(content.subarray(1000));
  },
  "/gzip": (_, response) => {
    const body = gzipSync(content);
    response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length }).end(body);
  },
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 1000), () => response.destroy());
  },
  "/stalled": (_, response) => {
    response.write(content.subarray(0, 1000));
  },
};

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const route = routes[request.url!];
    if (route) route(request, response);
    else response.writeHead(404).end("nothing here");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("bytes in memory are not copied", async () => {
  expect(await loadBytes(content)).toBe(content);
  expect((await loadBytes(content.buffer)).buffer).toBe(content.buffer);
});

test("a blob, a response, and URLs as text and as URL", async () => {
  const sources: WeightsSource[] = [
    new Blob([content]),
    new Response(content),
    await fetch(`${origin}/weights`),
    `${origin}/weights`,
    new URL("/chunked", origin),
    `${origin}/gzip`,
  ];
  for (const source of sources) expect(Buffer.compare(await loadBytes(source), content)).toBe(0);
});

test.each([
  ["/weights", content.length],
  ["/chunked", undefined],
  ["/gzip", undefined],
])("progress of %s rises to the size, of a total of %s", async (path, total) => {
  const steps: [number, number | undefined][] = [];
  await loadBytes(origin + path, { onProgress: (...step) => steps.push(step) });
  expect(steps.at(-1)).toEqual([content.length, total]);
  for (let i = 1; i < steps.length; i++) expect(steps[i][0]).toBeGreaterThan(steps[i - 1][0]);
});

test("paths and file URLs go to readFile, other URLs do not", async () => {
  const paths: (string | URL)[] = [];
  const readFile = async (path: string | URL) => {
    paths.push(path);
    return content;
  };
  for (const source of [
    "a/b.safetensors",
    "C:\\b.safetensors",
    "file:///b.safetensors",
    new URL("file:///c"),
  ]) {
    expect(await loadBytes(source, { readFile })).toBe(content);
  }
  await loadBytes(`${origin}/weights`, { readFile });
  expect(paths.map(String)).toEqual([
    "a/b.safetensors",
    "C:\\b.safetensors",
    "file:///b.safetensors",
    "file:///c",
  ]);
  expect(paths[2]).toBeInstanceOf(URL);
});

test("failures have codes", async () => {
  const http = await expectCode("WEIGHTS_HTTP", () => loadBytes(`${origin}/missing`));
  expect(http.message).toContain(`${origin}/missing answered 404 Not Found`);
  const cut = await expectCode("WEIGHTS_HTTP", () => loadBytes(`${origin}/cut`));
  expect(cut.message).toMatch(/broke off after \d+ bytes/);
  await expectCode("WEIGHTS_HTTP", () => loadBytes("not-a-url-and-no-readFile"));
  await expectCode("WEIGHTS_HTTP", () => loadBytes("http://127.0.0.1:1/refused"));
  const used = new Response(content);
  await used.arrayBuffer();
  await expectCode("WEIGHTS_HTTP", () => loadBytes(used));
  await expectCode("WEIGHTS_FILE", () =>
    loadBytes("missing", { readFile: async () => Promise.reject(new Error("ENOENT")) }),
  );
  await expectCode("INPUT_SOURCE", () => loadBytes(7 as unknown as string));
  await expectCode("INPUT_SOURCE", () => loadBytes(null as unknown as string));
});

test("nothing above maxBytes is taken, said or not", async () => {
  const sources = [content, new Blob([content]), `${origin}/weights`, `${origin}/chunked`, `${origin}/gzip`];
  for (const source of sources) {
    await expectCode("WEIGHTS_TOO_LARGE", () => loadBytes(source, { maxBytes: content.length - 1 }));
    expect((await loadBytes(source, { maxBytes: content.length })).length).toBe(content.length);
  }
});

test("a signal ends the loading with its reason, before and in the midst of it", async () => {
  await expect(loadBytes(content, { signal: AbortSignal.abort("early") })).rejects.toBe("early");
  for (const source of [`${origin}/stalled`, await fetch(`${origin}/stalled`)]) {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const loading = loadBytes(source, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(loading).rejects.toBe(reason);
  }
});
