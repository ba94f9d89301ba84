/** The convolutions of a network, which a tuner takes one by one, and the ways of computing each. */
import { type Graph, GraphBuilder, type Node, type NodeOf } from "../graph/graph.js";
import type { ReadTensor } from "../graph/parameters.js";
import { optimize } from "../graph/rewrite.js";
import { sizeOf } from "../graph/shape.js";
import { geometryOf, planConv2d } from "../kernels/conv2d.js";
import { type Geometry, productGeometry } from "../kernels/implicit-gemm.js";
import type { Capabilities, Dispatch } from "../kernels/kernel.js";
import { planNode } from "../kernels/planners.js";
import { convolutionMethods, shapeKey, tileNames, type Variant } from "../kernels/variant.js";
import { bpclip, features } from "../model/bpclip.js";
import type { ModelConfig } from "../model/config.js";
import { random } from "../random.js";

/** A convolution, and how often one run of a network computes it. */
export interface CountedConvolution {
  geometry: Geometry;
  count: number;
}

/** A way of computing a convolution. */
export interface Candidate {
  variant: Variant;
  /** Whether it is what planners choose by themselves. */
  isDefault: boolean;
  /** The shaders that it dispatches, in order. */
  shaders: string[];
}

/**
 * The convolutions, and linear layers of many rows, of a model on a picture of this size at the model's scale, by
 * `shapeKey`; those that can be computed in one way only are left out.
 */
export function convolutionsOf(
  config: ModelConfig,
  { width, height }: { width: number; height: number },
  device: Capabilities,
): Map<string, CountedConvolution> {
  const g = new GraphBuilder();
  const levels = features(g, g.input("picture", [1, height, width, 3]), config, "tap");
  // A reference's features are computed apart, by convolutions of the same shapes.
  const reference =
    config.mode === "fr" ? levels.map(({ shape }, i) => g.input(`reference.${i + 1}`, shape)) : undefined;
  const { nodes } = optimize(g.build([bpclip(g, config, levels, reference).score]));
  const found = new Map<string, CountedConvolution>();
  for (const node of nodes) {
    const geometry = convolutionOf(node, device);
    if (!geometry) continue;
    const key = shapeKey(geometry);
    const known = found.get(key);
    if (known) known.count++;
    else if (candidatesOf(geometry, device).length > 1) found.set(key, { geometry, count: 1 });
  }
  return found;
}

/** A node as a convolution, if that is how it is computed. */
function convolutionOf(node: Node, device: Capabilities): Geometry | undefined {
  if (node.op === "conv2d") return geometryOf(node);
  if (node.op !== "linear" || planNode(node, device)[0].shader === "linear_row") return undefined;
  const [outputs, width] = node.inputs.weight.shape;
  return productGeometry(sizeOf(node.inputs.x.shape) / width, width, outputs);
}

/** Every way of computing a convolution that differs from the others in what it dispatches; one is the default. */
export function candidatesOf(geometry: Geometry, device: Capabilities): Candidate[] {
  const [node] = graphOf(geometry).nodes as NodeOf<"conv2d">[];
  const signatureOf = (dispatches: readonly Dispatch[]) =>
    JSON.stringify(dispatches.map(({ shader, overrides }) => [shader, overrides]));
  const standard = signatureOf(planConv2d(node, device));
  const found = new Map<string, Candidate>();
  for (const method of convolutionMethods) {
    for (const tile of tileNames) {
      const dispatches = planConv2d(node, { ...device, convolution: { method, tile } });
      const signature = signatureOf(dispatches);
      // A method that is not for this shape is planned as an implicit GEMM, which is there already.
      if (found.has(signature)) continue;
      const shaders = dispatches.map(({ shader }) => shader);
      found.set(signature, { variant: { method, tile }, isDefault: signature === standard, shaders });
    }
  }
  return [...found.values()];
}

/** A convolution with a bias and a ReLU, of parameters alone, "x", "weight" and "bias"; its result is "output". */
export function graphOf(geometry: Geometry): Graph {
  const g = new GraphBuilder();
  return g.build([addConvolution(g, geometry, "output")]);
}

/**
 * The same, so many times. Of each result a corner is read back, so that a run takes hardly longer than the convolutions.
 */
export function repeatedGraphOf(geometry: Geometry, times: number): Graph {
  const g = new GraphBuilder();
  const corner = { top: 0, left: 0, height: 1, width: 1 };
  return g.build(
    Array.from({ length: times }, (_, i) => {
      const x = addConvolution(g, geometry, `result ${i}`);
      return g.add("crop", `corner ${i}`, { x }, corner);
    }),
  );
}

function addConvolution(g: GraphBuilder, geometry: Geometry, name: string) {
  const { batch, height, width, channels, outChannels, kernelHeight, kernelWidth } = geometry;
  const { stride, padding } = geometry;
  const x = g.parameter("x", [batch, height, width, channels]);
  const weight = g.parameter("weight", [outChannels, channels, kernelHeight, kernelWidth]);
  const bias = g.parameter("bias", [outChannels]);
  return g.add("conv2d", name, { x, weight, bias }, { stride, padding, activation: "relu" });
}

/** Parameters, each uniform in [-1, 1). */
export function randomParameters(): ReadTensor {
  const known = new Map<string, Float32Array>();
  return (key, shape) => {
    let numbers = known.get(key);
    if (!numbers) {
      const draw = random(1, key);
      numbers = Float32Array.from({ length: sizeOf(shape) }, () => 2 * draw() - 1);
      known.set(key, numbers);
    }
    return numbers;
  };
}
