/** Opening weights files, and keeping fetched ones in the browser's Cache API, so that a page fetches them once. */
import { type LoadOptions, loadBytes, type WeightsSource } from "./load.js";

export interface OpenOptions extends LoadOptions {
  /**
   * Keeps what is fetched over http in the Cache API, under this name or, for `true`, "bpclip", and takes it from there
   * from then on without asking the server; give a file that changes another address, or the cache another name. A kept
   * file that does not open is fetched anew. Without effect where there is no Cache API, such as in Node.
   */
  cache?: boolean | string;
  /** Told when a file could not be kept. */
  onNotice?: (message: string) => void;
}

/**
 * Loads a weights file and opens it. Bytes that may yet be thrown away, those of a kept file, are not shown to `onBytes`.
 * @param open Throws for a file that is not what is looked for; such a file is not kept.
 * @throws What `loadBytes` and `open` throw.
 */
export async function openWeights<T>(
  source: WeightsSource,
  open: (bytes: Uint8Array) => T | Promise<T>,
  { cache = false, onNotice, ...options }: OpenOptions = {},
): Promise<T> {
  const address = cache === false ? undefined : webAddress(source);
  if (address === undefined || typeof caches === "undefined") return open(await loadBytes(source, options));

  const notice = (error: unknown) =>
    onNotice?.(`bpclip: ${address} cannot be kept: ${(error as Error).message}`);
  const store = await caches.open(cache === true ? "bpclip" : String(cache)).catch(notice);
  const kept = await store?.match(address);
  if (kept) {
    try {
      return await open(await loadBytes(kept, { ...options, onBytes: undefined }));
    } catch {
      options.signal?.throwIfAborted();
      await store?.delete(address);
    }
  }
  const bytes = await loadBytes(source, options);
  const opened = await open(bytes);
  const headers = { "content-length": String(bytes.byteLength) };
  await store?.put(address, new Response(bytes as BodyInit, { headers })).catch(notice);
  return opened;
}

/** The address of a source that is fetched over http; undefined for all else, such as a path. */
function webAddress(source: WeightsSource): string | undefined {
  if (typeof source !== "string" && !(source instanceof URL)) return undefined;
  try {
    const { protocol, href } = new URL(source, globalThis.location?.href);
    return /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}
