/** How reports name engines and platforms. */

export const engineNames: Record<string, string> = {
  bpclip: "bpclip",
  "ort-webgpu": "ONNX Runtime, WebGPU",
  "ort-web": "onnxruntime-web, WebGPU",
  "ort-cpu": "ONNX Runtime, CPU",
  "torch-cpu": "PyTorch, CPU",
  "bpclip-gemm": "bpclip, implicit GEMM",
  "bpclip-winograd2": "bpclip, Winograd F(2×2)",
  "bpclip-winograd4": "bpclip, Winograd F(4×4)",
  "bpclip-tiled": "bpclip, tiled GEMM",
};

export const platformNames: Record<string, string> = {
  swiftshader: "SwiftShader, in Node",
  lavapipe: "lavapipe, in Node",
  "chromium-swiftshader": "SwiftShader, in headless Chromium",
  system: "The system's adapter, in Node",
};

/** Whether an engine is ours with an algorithm forced. */
export function isVariant(engine: string): boolean {
  return engine.startsWith("bpclip-");
}
