/** The oracle against PyTorch in float64, on the cases of tools/train/goldens.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Activation, Attributes, Inputs, OpType } from "../../src/graph/graph.js";
import type { Tensor, Tensors } from "../../src/reference/reference.js";
import { readSafetensors, toFloat32 } from "../../src/weights/safetensors.js";
import { compute } from "./compute.js";

interface TorchAttributes {
  stride: number;
  padding: number;
  kernel: number;
  eps: number;
  size: [height: number, width: number];
  heads: number;
  causal: boolean;
}

type TorchOp = (roles: Record<string, Tensor>, attributes: TorchAttributes) => { data: Float32Array };

const none: Activation = "none";

/** PyTorch's ops in terms of the graph's. */
const torchOps: Record<string, TorchOp> = {
  conv2d: (roles, { stride, padding }) => run("conv2d", roles, { stride, padding, activation: none }),
  linear: (roles) => run("linear", roles, { activation: none }),
  batch_norm: ({ running_mean: mean, running_var: variance, ...roles }, { eps }) =>
    run("batchNorm", { ...roles, mean, variance }, { eps }),
  gelu: (roles) => run("activation", roles, { kind: "gelu" }),
  quickgelu: (roles) => run("activation", roles, { kind: "quickGelu" }),
  sigmoid: (roles) => run("activation", roles, { kind: "sigmoid" }),
  max_pool2d: (roles, { kernel, stride, padding }) =>
    run("maxPool", roles, { size: kernel, stride, padding }),
  adaptive_avg_pool2d: (roles, { size: [height, width] }) => run("adaptiveAvgPool", roles, { height, width }),
  scaled_dot_product_attention: ({ query: q, key: k, value: v }, { heads, causal }) =>
    run("attention", { q, k, v }, { heads, causal }),
  layer_norm: (roles, { eps }) => run("layerNorm", roles, { eps }),
  softmax: (roles) => run("softmax", roles, { scale: 1 }),
  embedding: ({ indices: ids, weight: table }) => run("embedding", { ids, table }, {}),
  interpolate_bicubic: (roles, { size: [height, width] }) => run("resizeBicubic", roles, { height, width }),
  cosine_similarity: (roles) => run("cosine", roles, {}),
};

function run<T extends OpType>(op: T, roles: Record<string, Tensor>, attributes: Attributes<T>) {
  return compute(op, roles as Tensors<Inputs<T>>, attributes);
}

const file = readSafetensors(readFileSync(new URL("../goldens/ops.safetensors", import.meta.url)));
const cases: [string, { op: string; attributes: TorchAttributes }][] = Object.entries(
  JSON.parse(file.metadata.cases),
);

/** The tensors of a case by role. */
function rolesOf(name: string): Record<string, Tensor> {
  const roles: Record<string, Tensor> = {};
  for (const [key, view] of file.tensors) {
    if (!key.startsWith(`${name}.`)) continue;
    // Ids are I32 in the file, and none is negative.
    const data =
      view.dtype === "I32"
        ? Uint32Array.from(new Int32Array(Uint8Array.from(view.data).buffer))
        : toFloat32(view);
    roles[key.slice(name.length + 1)] = { shape: view.shape, data };
  }
  return roles;
}

test.each(cases)("%s", (name, { op, attributes }) => {
  const { output: expected, ...roles } = rolesOf(name);
  const { data } = torchOps[op](roles, attributes);
  expect(data.length).toBe(expected.data.length);
  const peak = Math.max(...Array.from(expected.data, Math.abs));
  // The variance of batch_norm was rounded to f32 (2^−24) after its golden was computed; it enters by its root, in
  // what is at most twice the peak before the bias is added.
  const fromInputs = op === "batch_norm" ? 2 ** -24 * peak : 0;
  data.forEach((value, i) => {
    // Both sides sum in f64 and are rounded to f32 once, so they differ by at most one place of f32 (2^−23), or,
    // where a sum has cancelled, by f64's rounding of its terms.
    const tolerance = 2 ** -23 * Math.abs(expected.data[i]) + 1e-13 * peak + fromInputs;
    expect(Math.abs(value - expected.data[i]), `at ${i}`).toBeLessThanOrEqual(tolerance);
  });
});
