/** What the check of the bounds finds, and what it does not mistake for it; see ./setup.ts. */
import { expect, test } from "vitest";
import { BufferUsage, ShaderStage, TextureUsage } from "../../src/runtime/constants.js";
import { encodePass } from "../../src/runtime/profiler.js";
import { boundsWatch } from "../support/bounds-watch.js";
import { describeGpu, testDevice } from "../support/gpu.js";

/** A kernel of one statement, over 64 numbers: those of x are 0 … 63. */
const kernel = (statement: string) => `
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
var<workgroup> tile: array<f32, 32 * 2>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let mean = vec4f(x[i]);
  let place = vec2u(i, 0);
  let below = vec2u(i, 1);
  ${statement}
}`;

const right = [
  "output[i] = x[i] + mean[i % 4] + textureLoad(picture, place, 0).x;",
  "tile[i] = x[63 - i]; output[i] = tile[i];",
  // One past the end is chosen against before it is an index.
  "output[i] = x[select(0, i + 1, i + 1 < 64)];",
  "if (i + 1 < 64) { output[i] = x[i + 1]; }",
];

const wrong = [
  ["output[i] = select(0.0, x[i + 1], i + 1 < 64);", "x[i + 1], index 64 of 64"],
  ["output[i] = select(0.0, x[i - 1], i > 0);", "x[i - 1], index 4294967295 of 64"],
  ["output[i] = x[u32(x[i]) + 1];", "x[u32(x[i]) + 1], index 64 of 64"],
  ["output[i + 1] = 1;", "output[i + 1], index 64 of 64"],
  ["if (x[i + 1] == 5) { return; }", "x[i + 1], index 64 of 64"],
  ["tile[i + 1] = 1; output[i] = tile[i];", "tile[i + 1], index 64 of 64"],
  ["output[i] = mean[i / 13];", "mean[i / 13], index 4 of 4"],
  ["output[i] = textureLoad(picture, below, 0).x;", "textureLoad(picture, below, 0), index 1 of 1"],
];

const checked = new Map(
  [...right, ...wrong.map(([statement]) => statement)].map((statement) => [
    statement,
    boundsWatch.check("a kernel", kernel(statement)),
  ]),
);

/** Runs a kernel, and gives what is found in it. */
async function run(statement: string): Promise<string[]> {
  const device = await testDevice();
  const { raw } = device;
  const size = [64, 1];
  const picture = raw.createTexture({ size, format: "rgba8unorm", usage: TextureUsage.TEXTURE_BINDING });
  const x = device.upload(
    "x",
    Float32Array.from({ length: 64 }, (_, i) => i),
  );
  const output = device.createBuffer({ size: 256, usage: BufferUsage.STORAGE });
  const visibility = ShaderStage.COMPUTE;
  const layout = raw.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, texture: {} },
      { binding: 1, visibility, buffer: { type: "read-only-storage" } },
      { binding: 2, visibility, buffer: { type: "storage" } },
    ],
  });
  await device.guard("Running a kernel", () => {
    const resources = [picture.createView(), { buffer: x }, { buffer: output }];
    const bindGroup = raw.createBindGroup({
      layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
    const pipeline = raw.createComputePipeline({
      layout: raw.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: raw.createShaderModule({ code: checked.get(statement)! }) },
    });
    const encoder = raw.createCommandEncoder();
    encodePass(encoder, [{ pipeline, bindGroup, workgroups: [1, 1, 1] }]);
    raw.queue.submit([encoder.finish()]);
  });
  const found = await boundsWatch.outside();
  picture.destroy();
  device.destroyBuffer(x);
  device.destroyBuffer(output);
  return found;
}

describeGpu("the check of the bounds", () => {
  test.each(right)("lets pass %s", async (statement) => {
    expect(await run(statement)).toEqual([]);
  });

  test.each(wrong)("finds %s", async (statement, found) => {
    expect(await run(statement)).toEqual([expect.stringContaining(found)]);
  });

  test("knows what was accessed", async () => {
    await run("if (i + 1 < 64) { output[i] = x[i + 1]; }");
    expect(boundsWatch.unmade).not.toContainEqual(expect.stringMatching(/^a kernel/));
  });
});
