/** In which order a graph is prepared, and what is left where that fails. */
import { expect, test, vi } from "vitest";
import { type Graph, GraphBuilder } from "../../src/graph/graph.js";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice } from "../support/gpu.js";

const read = (_: string, shape: readonly number[]) => {
  return new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(2);
};

function linearGraph(): Graph {
  const g = new GraphBuilder();
  const weight = g.parameter("weight", [4, 8]);
  return g.build([g.add("linear", "y", { x: g.input("x", [3, 8]), weight }, { activation: "none" })]);
}

describeGpu("preparing a graph", () => {
  test("packs and uploads weights while pipelines are being compiled", async () => {
    const device = await testDevice();
    const { raw } = device;
    const compile = raw.createComputePipelineAsync.bind(raw);
    const upload = vi.spyOn(raw, "createBuffer");
    const isUploaded = () => upload.mock.calls.some(([{ label }]) => label === "weight");
    const spy = vi.spyOn(raw, "createComputePipelineAsync").mockImplementation(async (descriptor) => {
      await vi.waitUntil(isUploaded, { timeout: 60_000 });
      return compile(descriptor);
    });
    try {
      const executor = new GpuExecutor(device, read);
      const program = await executor.prepare(linearGraph());
      const { y } = await program.run({ x: new Float32Array(24).fill(1) });
      expect(y).toEqual(new Float32Array(12).fill(16));
      program.dispose();
      executor.dispose();
      expect(device.bytes).toBe(0);
    } finally {
      spy.mockRestore();
      upload.mockRestore();
      device.pipelines.clear();
    }
  });

  test("leaves nothing behind where a pipeline does not compile, or a weight cannot be read", async () => {
    const device = await testDevice();
    device.pipelines.clear();
    const spy = vi.spyOn(device.raw, "createComputePipelineAsync").mockRejectedValue(new Error("no"));
    const executor = new GpuExecutor(device, read);
    try {
      await expectCode("GPU_INTERNAL", () => executor.prepare(linearGraph()));
    } finally {
      spy.mockRestore();
      device.pipelines.clear();
    }
    executor.dispose();
    expect(device.bytes).toBe(0);

    const unreadable = new GpuExecutor(device, () => {
      throw new RangeError("unreadable");
    });
    await expect(unreadable.prepare(linearGraph())).rejects.toThrow("unreadable");
    unreadable.dispose();
    expect(device.bytes).toBe(0);
  });
});
