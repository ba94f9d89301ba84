/** A file server for tests in a browser, on http://localhost, where navigator.gpu is to be had. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

const types: Record<string, string> = {
  ".bin": "application/octet-stream",
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webm": "video/webm",
};

/** Contents by path ("/page.html"), or made for the request; a Buffer or string is sent as the path's type. */
export type Served = Record<string, string | Uint8Array | Handler>;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ServeOptions {
  /** Sent with every answer. */
  headers?: Record<string, string>;
}

export interface Server {
  /** Without a slash at its end, e.g. "http://localhost:40123". */
  url: string;
  /** "GET /page.html" and so on, in the order of their arrival. */
  requests: string[];
  close(): Promise<void>;
}

/**
 * Serves a folder, or contents by path, on a free port: GET and HEAD, one byte range, 404 for all else. "/" is
 * "/index.html".
 */
export async function serve(from: string | Served, { headers = {} }: ServeOptions = {}): Promise<Server> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    requests.push(`${request.method} ${path}`);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const name = path.endsWith("/") ? `${path}index.html` : path;
    const content = await find(from, name);
    if (typeof content === "function") return content(request, response);
    if (content === undefined) return response.writeHead(404, { "Content-Type": "text/plain" }).end("404");
    send(Buffer.from(content), types[extname(name)] ?? "application/octet-stream", request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function find(from: string | Served, name: string): Promise<string | Uint8Array | Handler | undefined> {
  if (typeof from !== "string") return from[name];
  const path = normalize(join(from, name));
  if (!path.startsWith(normalize(from + sep))) return undefined;
  return readFile(path).catch(() => undefined);
}

function send(content: Buffer, type: string, { method, headers }: IncomingMessage, response: ServerResponse) {
  response.setHeader("Content-Type", type);
  response.setHeader("Accept-Ranges", "bytes");
  const range = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "");
  let body = content;
  if (range && (range[1] || range[2])) {
    const [first, last] = range[1]
      ? [Number(range[1]), Math.min(Number(range[2] || content.length), content.length - 1)]
      : [Math.max(0, content.length - Number(range[2])), content.length - 1];
    if (first > last) {
      response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
      return;
    }
    body = content.subarray(first, last + 1);
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${first}-${last}/${content.length}`);
  }
  response.setHeader("Content-Length", body.length);
  response.end(method === "HEAD" ? undefined : body);
}
