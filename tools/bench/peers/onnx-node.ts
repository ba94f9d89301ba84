/** The process of ONNX Runtime in Node: `onnx-node NETWORK MODEL PROVIDER`, the first as JSON. */
import { createRequire } from "node:module";
import { OnnxEngine } from "./onnx.js";
import { serveEngine, sinceSpawn } from "./serve.js";

const [network, model, provider] = process.argv.slice(2);
const engine = new OnnxEngine({
  network: JSON.parse(network),
  provider: provider as "webgpu" | "cpu",
  // Not imported by its name, as its types are only there where it is installed.
  importRuntime: async () => createRequire(import.meta.url)("onnxruntime-node"),
  readModel: async () => model,
});
await serveEngine(engine, sinceSpawn());
