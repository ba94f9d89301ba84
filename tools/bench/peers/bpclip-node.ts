/** The process of this package in Node: `bpclip-node NETWORK CHECKPOINT CAPABILITIES`, the first and last as JSON. */
import { readFile } from "node:fs/promises";
import { requestNodeAdapter } from "../../../src/node/adapter.js";
import { BpclipEngine } from "./bpclip.js";
import { serveEngine, sinceSpawn } from "./serve.js";

const [network, checkpoint, capabilities] = process.argv.slice(2);
const engine = new BpclipEngine({
  network: JSON.parse(network),
  capabilities: JSON.parse(capabilities),
  requestAdapter: () => requestNodeAdapter("auto"),
  readCheckpoint: () => readFile(checkpoint),
});
await serveEngine(engine, sinceSpawn());
