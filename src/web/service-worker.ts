/** Keeps everything that the page is made of, and answers from it: after the first visit no network is needed. */

/** What TypeScript's library for documents leaves out of a service worker's global scope. */
interface ServiceWorkerScope {
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  readonly clients: { claim(): Promise<void> };
}

interface ExtendableEvent {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** Put here by tools/build-page.mjs: every file of the page, and a hash of all their contents. */
declare const FILES: string[];
declare const VERSION: string;

const scope = globalThis as unknown as ServiceWorkerScope;
const prefix = "bpclip-page-";
const cacheName = prefix + VERSION;

// A new version waits until no page of the old one is open, so that a page never meets files of another version.
scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(FILES)));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOldVersions().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  event.respondWith(answer(event.request));
});

async function dropOldVersions(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = request.mode === "navigate" ? "./" : request;
  return (await cache.match(kept, { ignoreSearch: true })) ?? fetch(request);
}
