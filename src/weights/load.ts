/** The bytes of a weights file, from wherever a caller may have them. */
import { BpclipError, InputError, WeightsError } from "../errors.js";

/** Where the bytes of a weights file come from: a URL (in Node also a path), bytes, a Blob, or the answer of a fetch. */
export type WeightsSource = string | URL | ArrayBuffer | Uint8Array | Blob | Response;

export interface LoadOptions {
  /** Called as bytes arrive; `total` where the sender has said it. */
  onProgress?: (loaded: number, total: number | undefined) => void;
  /** Shown all bytes so far as more of them arrive; a BpclipError that it throws ends the loading. */
  onBytes?: (bytes: Uint8Array) => void;
  /** Ends the loading; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Reads a file. With it, a `file:` URL, and a string that is no URL, is a path; without it, every string is a URL. */
  readFile?: (path: string | URL) => Promise<Uint8Array>;
  /** Refuse more than this; 2³¹ − 1 by default, the most that every runtime's SHA-256 takes. */
  maxBytes?: number;
}

/**
 * Loads a weights file. Bytes in memory, and what `readFile` gives, are returned as they are, not copied.
 * @throws WeightsError WEIGHTS_HTTP (no or a broken answer, or its status is not 2xx), WEIGHTS_FILE (`readFile` failed),
 * WEIGHTS_TOO_LARGE; InputError INPUT_SOURCE (none of the kinds above).
 */
export async function loadBytes(source: WeightsSource, options: LoadOptions = {}): Promise<Uint8Array> {
  const { signal, readFile, maxBytes = 2 ** 31 - 1 } = options;
  signal?.throwIfAborted();

  if (source instanceof Uint8Array) return whole(source, options, maxBytes);
  if (source instanceof ArrayBuffer) return whole(new Uint8Array(source), options, maxBytes);
  if (source instanceof Blob) {
    checkSize(source.size, maxBytes);
    return readStream(source.stream(), source.size, "The blob", options, maxBytes);
  }
  if (source instanceof Response) return readResponse(source, options, maxBytes);
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new InputError(
      "INPUT_SOURCE",
      `Weights cannot be loaded from ${source === null ? "null" : typeof source}.`,
      "Give a URL, a path (in Node), an ArrayBuffer, a Uint8Array, a Blob or a Response.",
    );
  }

  // A scheme has two letters or more, so that C:\weights is a path.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(String(source))?.[1].toLowerCase();
  if (readFile && (scheme === undefined || scheme === "file")) {
    // `readFile` takes a URL or a path, and a file URL in a string is neither.
    const path = scheme === "file" ? new URL(source) : source;
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new WeightsError(
        "WEIGHTS_FILE",
        `The weights file ${source} cannot be read: ${reason(cause)}.`,
        "Check the path and that the file may be read.",
        { cause },
      );
    });
    signal?.throwIfAborted();
    return whole(bytes, options, maxBytes);
  }

  const response = await fetch(source, { signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw httpError(`${source} cannot be fetched: ${reason(cause)}`, cause);
  });
  return readResponse(response, options, maxBytes);
}

function whole(bytes: Uint8Array, { onBytes, onProgress }: LoadOptions, maxBytes: number): Uint8Array {
  checkSize(bytes.byteLength, maxBytes);
  onBytes?.(bytes);
  onProgress?.(bytes.byteLength, bytes.byteLength);
  return bytes;
}

async function readResponse(response: Response, options: LoadOptions, maxBytes: number): Promise<Uint8Array> {
  const from = response.url || "The response";
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw httpError(`${from} answered ${response.status} ${response.statusText}`.trimEnd());
  }
  // A compressed answer's Content-Length counts other bytes than those that arrive here.
  const length = response.headers.has("content-encoding")
    ? Number.NaN
    : Number(response.headers.get("content-length"));
  const total = length > 0 ? length : undefined;
  if (total) checkSize(total, maxBytes);
  if (!response.body) throw httpError(`${from} has no body`);
  return readStream(response.body, total, from, options, maxBytes);
}

async function readStream(
  stream: ReadableStream<Uint8Array>,
  total: number | undefined,
  from: string,
  { onBytes, onProgress, signal }: LoadOptions,
  maxBytes: number,
): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  let loaded = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // Cancelling settles a read that waits.
  const cancel = () => reader?.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel);
  try {
    reader = stream.getReader();
    // Of the size that is said, so that chunks come to their place at once; where none is, it grows.
    bytes = new Uint8Array(total ?? 0);
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const end = loaded + step.value.length;
      checkSize(end, maxBytes);
      if (end > bytes.length) bytes = copyOf(bytes, Math.max(end, 2 * bytes.length));
      bytes.set(step.value, loaded);
      loaded = end;
      onBytes?.(bytes.subarray(0, loaded));
      onProgress?.(loaded, total);
    }
  } catch (cause) {
    cancel();
    signal?.throwIfAborted();
    if (cause instanceof BpclipError) throw cause;
    throw httpError(`${from} broke off after ${loaded} bytes: ${reason(cause)}`, cause);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  signal?.throwIfAborted();
  return loaded === bytes.length ? bytes : bytes.slice(0, loaded);
}

function copyOf(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return copy;
}

function checkSize(size: number, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new WeightsError(
    "WEIGHTS_TOO_LARGE",
    `The weights are ${size} bytes or more, and at most ${maxBytes} are taken.`,
    "Check the source, or raise maxBytes.",
  );
}

function httpError(what: string, cause?: unknown): WeightsError {
  const mend = "Check the address, the network and the server's CORS headers.";
  return new WeightsError("WEIGHTS_HTTP", `${what}.`, mend, { cause });
}

/** An error's message; that of its cause where it has one, as Node's fetch says no more than "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
