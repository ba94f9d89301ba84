/** Results of a benchmark that nobody has run. */
import type { NetworkResults, PlatformResults, Start } from "../../tools/bench/peers/results.js";

const megabyte = 2 ** 20;

function start(load: number, compile: number, first: number, gpuBytes: number | null = null): Start {
  return { load, compile, first, cpu: 2 * (load + compile + first), rssGrowth: 100 * megabyte, gpuBytes };
}

/** Ours takes 100 ms, more in the second round, when all else does too; ONNX Runtime's WebGPU takes six times it. */
export function networkResults(network: string): NetworkResults {
  return {
    network,
    differences: { bpclip: 0, "ort-webgpu": 2e-7, "ort-cpu": 3e-7, "bpclip-gemm": 1e-7 },
    failures: {},
    starts: {
      bpclip: [start(50, 100, 150, 64 * megabyte)],
      "ort-webgpu": [start(100, 300, 2000)],
    },
    rounds: [100, 400, 100].map((ms) => ({
      bpclip: { ms, cpu: 2 * ms },
      "ort-webgpu": { ms: 6 * ms, cpu: 8 * ms },
      "ort-cpu": { ms: ms / 20, cpu: ms / 10 },
      "bpclip-gemm": { ms: 1.5 * ms, cpu: 3 * ms },
    })),
  };
}

export function platformResults(platform: string, networks: NetworkResults[]): PlatformResults {
  const versions = { Node: "20.0.0", "onnxruntime-node": "1.30.0" };
  return { platform, adapter: "SwiftShader Device", cores: 2, date: "2026-01-02", versions, networks };
}
