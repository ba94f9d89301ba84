/** Real failures of the adapter under test name the op they come from. */
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/graph.js";
import { GpuExecutor } from "../../src/runtime/executor.js";
import { expectCode } from "../support/errors.js";
import { describeGpu, testDevice } from "../support/gpu.js";

const noCheckpoint = () => new Float32Array();

describeGpu("what fails on the device", () => {
  test("a refused command is a validation error with the label of its op", async () => {
    const device = await testDevice();
    const error = await expectCode("GPU_VALIDATION", () =>
      device.guard("Preparing a graph", () => {
        // 0x80 is STORAGE; a buffer without UNIFORM cannot be bound as one.
        const buffer = device.raw.createBuffer({ label: "arena 0", size: 16, usage: 0x80 });
        const entry = { binding: 0, visibility: 4, buffer: { type: "uniform" as const } };
        const layout = device.raw.createBindGroupLayout({ entries: [entry] });
        device.raw.createBindGroup({
          label: "tap.3",
          layout,
          entries: [{ binding: 0, resource: { buffer } }],
        });
      }),
    );
    // Deno's wgpu names the buffer alone.
    expect(error.message).toContain("Deno" in globalThis ? "arena 0" : "tap.3");
  });

  test("a tensor that cannot be bound is a limit error by the name of its op, and leaves nothing behind", async () => {
    const device = await testDevice();
    const g = new GraphBuilder();
    const x = g.input("x", [1, 8, 8, 1]);
    const big = g.add("resizeBicubic", "too big", { x }, { height: 8192, width: 8192 });
    const error = await expectCode("BINDING_TOO_LARGE", () =>
      new GpuExecutor(device, noCheckpoint).prepare(g.build([big])),
    );
    expect(error.message).toContain('"too big"');
    expect(device.bytes).toBe(0);
  });

  test("a run without its input, or with one of another size, is refused", async () => {
    const device = await testDevice();
    const g = new GraphBuilder();
    const x = g.input("x", [4]);
    const y = g.add("activation", "y", { x }, { kind: "relu" });
    const program = await new GpuExecutor(device, noCheckpoint).prepare(g.build([y]));
    await expectCode("INPUT_TENSOR", () => program.run({}));
    await expectCode("INPUT_TENSOR", () => program.run({ x: new Float32Array(5) }));
    expect((await program.run({ x: Float32Array.of(-1, 0, 1, 2) })).y).toEqual(Float32Array.of(0, 0, 1, 2));
    program.dispose();
    expect(device.bytes).toBe(0);
  });
});
