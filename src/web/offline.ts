/** Keeps the page, the library and the weights for when there is no network. */

/**
 * Registers the service worker.
 * @param onKept Called once everything is kept.
 */
export async function keepOffline(onKept: () => void): Promise<void> {
  // Absent outside https and localhost, and in some private windows.
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("service-worker.js");
    await navigator.serviceWorker.ready;
    onKept();
  } catch {
    // The page works without it, online.
  }
}
