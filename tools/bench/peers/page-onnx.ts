/** onnxruntime-web in the page of ./chromium.ts. */
import { OnnxEngine } from "./onnx.js";
import { network, offer } from "./page.js";

/** In a variable, as it is no module of this package. */
const address = "/ort/ort.webgpu.bundle.min.mjs";

offer(
  new OnnxEngine({
    network,
    provider: "webgpu",
    importRuntime: () => import(address),
    readModel: async () => new Uint8Array(await (await fetch("/model")).arrayBuffer()),
  }),
);
