/** What the pages of ./chromium.ts have in common. */
import type { Engine } from "./engine.js";
import type { Network } from "./network.js";

/** Of the page's address. */
export const network: Network = JSON.parse(new URL(location.href).searchParams.get("network")!);

/** Leaves an engine where the browser's process finds it. */
export function offer(engine: Engine): void {
  Object.assign(globalThis, { engine });
}
