/** This package in the page of ./chromium.ts. */
import { webPlatform } from "../../../src/api/web-platform.js";
import { BpclipEngine } from "./bpclip.js";
import { network, offer } from "./page.js";

offer(
  new BpclipEngine({
    network,
    capabilities: {},
    requestAdapter: () => webPlatform.requestAdapter("auto"),
    readCheckpoint: async () => new Uint8Array(await (await fetch("/model")).arrayBuffer()),
  }),
);
