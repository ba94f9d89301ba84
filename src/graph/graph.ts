/**
 * The graph: a network as a list of typed ops in execution order, independent of who runs it. `src/model` builds
 * it, `src/reference` runs it on the CPU, `src/kernels` and `src/runtime` on a GPU.
 *
 * Layouts: feature maps are N×H×W×C (NHWC), tokens N×T×C, so a map is already a token matrix. Parameters keep
 * PyTorch's layouts (convolution O×I×kh×kw, linear O×I); a kernel asks for the packing it wants.
 */
import { BpclipError } from "../errors.js";
import { inferShape } from "./shape.js";

export type Shape = readonly number[];

/** "u32" is for packed pixels and token ids; everything else is "f32", or "f16" where it is stored in half precision. */
export type DType = "f32" | "f16" | "u32";

/** Where a parameter's numbers come from. Stacked are those of `parts` one after the other, along the first dimension. */
export type ParameterSource =
  | { kind: "checkpoint"; key: string }
  | { kind: "constant"; data: Float32Array }
  | { kind: "transposed"; matrix: Value }
  | { kind: "stacked"; parts: readonly Value[] }
  | { kind: "foldedWeight"; weight: Value; norm: BatchNorm }
  | { kind: "foldedBias"; bias: Value | undefined; norm: BatchNorm };

/** The four tensors of a batch norm in inference form, each of one value a channel. */
export interface BatchNorm {
  weight: Value;
  bias: Value;
  mean: Value;
  variance: Value;
  eps: number;
}

/** A tensor in the graph: an input of the run, a parameter, or the result of an op. */
export interface Value {
  /** Unique in its graph; two graphs' parameters of one name are the same tensor of the checkpoint. */
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Set on parameters only. */
  readonly parameter?: ParameterSource;
}

export type Activation = "none" | "relu" | "gelu" | "quickGelu" | "sigmoid";

/** A filter of Pillow's antialiased resize. */
export type ResizeFilter = "bilinear" | "bicubic";

/** D, and the channels at which it begins in the tensors of q, k and v. */
export interface AttentionCut {
  width: number;
  q: number;
  k: number;
  v: number;
}

/** Every op: its inputs by role and its attributes. What an op computes is stated here and nowhere else. */
export interface OpTable {
  /** activation(x ⋆ weight + bias + residual) · gate; x N×H×W×C, weight O×C×kh×kw, gate N×H'×W'×1. */
  conv2d: {
    inputs: { x: Value; weight: Value; bias?: Value; residual?: Value; gate?: Value };
    attributes: { stride: number; padding: number; activation: Activation };
  };
  /** activation(x·weightᵀ + bias + residual); x …×C, weight O×C. */
  linear: {
    inputs: { x: Value; weight: Value; bias?: Value; residual?: Value };
    attributes: { activation: Activation };
  };
  /** (x − mean)/√(variance + eps) · weight + bias, a channel at a time; always folded away before a GPU runs it. */
  batchNorm: {
    inputs: { x: Value; weight: Value; bias: Value; mean: Value; variance: Value };
    attributes: { eps: number };
  };
  activation: { inputs: { x: Value }; attributes: { kind: Activation } };
  /** a + b, where b repeats over a's leading dimensions. */
  add: { inputs: { a: Value; b: Value }; attributes: Record<never, never> };
  /** a · b, where b has a's shape, or 1 in place of a's last dimension (a gate over all channels). */
  multiply: { inputs: { a: Value; b: Value }; attributes: Record<never, never> };
  /** |a − b|, or √((a − b)² + 1e-12) when smooth. */
  absoluteDifference: { inputs: { a: Value; b: Value }; attributes: { smooth: boolean } };
  /** Along the last dimension. */
  concat: { inputs: { parts: Value[] }; attributes: Record<never, never> };
  /** Channels start … start+count of the last dimension. */
  slice: { inputs: { x: Value }; attributes: { start: number; count: number } };
  /** The same numbers under another shape; never a copy. */
  reshape: { inputs: { x: Value }; attributes: { shape: Shape } };
  maxPool: { inputs: { x: Value }; attributes: { size: number; stride: number; padding: number } };
  /** Mean over torch's bins, bin k covering floor(k·in/out) … ceil((k+1)·in/out), of x, or of x · gate (N×H×W×1). */
  adaptiveAvgPool: { inputs: { x: Value; gate?: Value }; attributes: { height: number; width: number } };
  /**
   * softmax(q·kᵀ/√(D/heads) [+ causal mask]) · v + residual, a head at a time; q N×T×D, k and v N×S×D, heads side
   * by side in D. The causal mask hides keys after the query's own index. With a cut, q, k and v are D channels each of
   * what may be wider, and the same, tensors.
   */
  attention: {
    inputs: { q: Value; k: Value; v: Value; residual?: Value };
    attributes: { heads: number; causal: boolean; cut?: AttentionCut };
  };
  /** Over the last dimension. */
  layerNorm: { inputs: { x: Value; weight: Value; bias: Value }; attributes: { eps: number } };
  /** softmax(scale · x) over the last dimension. */
  softmax: { inputs: { x: Value }; attributes: { scale: number } };
  /** Rows of a table V×C by ids (u32, any shape): …×C. An id past the table reads its last row. */
  embedding: { inputs: { ids: Value; table: Value }; attributes: Record<never, never> };
  /** Mean over tokens of x · weights, or Σ x·weights / Σ weights when normalized: N×T×C → N×C. */
  tokenMean: { inputs: { x: Value; weights?: Value }; attributes: { normalized: boolean } };
  /** x / max(‖x‖, 1e-12) over the last dimension. */
  l2Normalize: { inputs: { x: Value }; attributes: Record<never, never> };
  /** Cosines of every row of x (M×E) with every row of y (K×E): M×K. */
  cosine: { inputs: { x: Value; y: Value }; attributes: Record<never, never> };
  /** h (S×D/2) along the rows and w (S×D/2) along the columns, channels of h first: 1×S×S×D. */
  positionCode: { inputs: { h: Value; w: Value }; attributes: Record<never, never> };
  /** torch's bicubic interpolate: a = −0.75, align_corners false, no antialias, edges clamped. */
  resizeBicubic: { inputs: { x: Value }; attributes: { height: number; width: number } };
  /**
   * Straight-alpha RGBA pixels to RGB in [0,1], turned by EXIF orientation 1..8, composited over white, and, with
   * taps, resampled along the width of the upright picture as `resample` does. With round8 the picture over white is
   * rounded to 1/255, too.
   * x: u32, 1×H×W×1 (8 bits a channel, red in the low byte) or 1×H×W×2 (16 bits: red|green<<16, blue|alpha<<16).
   */
  decodePixels: { inputs: { x: Value; taps?: Value }; attributes: { orientation: number; round8: boolean } };
  /**
   * One pass of Pillow's resize along an axis: out[o] = Σ_t taps[o][1+t] · x[taps[o][0] + t]. taps: out×(1+count),
   * the first of a row being the start. With round8, x holds multiples of 1/255, weights are multiples of 2⁻²² that
   * sum to 1.5 at most by magnitude, and the result is clamped and rounded to 1/255 exactly as Pillow does.
   */
  resample: {
    inputs: { x: Value; taps: Value };
    attributes: { axis: "height" | "width"; round8: boolean };
  };
  crop: { inputs: { x: Value }; attributes: { top: number; left: number; height: number; width: number } };
  /** (x − mean) / std by channel. */
  normalize: { inputs: { x: Value }; attributes: { mean: readonly number[]; std: readonly number[] } };
}

export type OpType = keyof OpTable;
export type Inputs<T extends OpType> = OpTable[T]["inputs"];
export type Attributes<T extends OpType> = OpTable[T]["attributes"];

/** One op of a graph. */
export interface NodeOf<T extends OpType> {
  readonly op: T;
  readonly inputs: Inputs<T>;
  readonly attributes: Attributes<T>;
  readonly output: Value;
}
export type Node = { [T in OpType]: NodeOf<T> }[OpType];

/** A network ready to run: nodes in execution order, what a run must be given, and what it gives back. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** The values that a node reads, in the order of their roles; parameters included. */
export function inputsOf(node: Node): Value[] {
  const inputs: (Value | Value[] | undefined)[] = Object.values(node.inputs);
  return inputs.flat().filter((input) => input !== undefined);
}

/** Builds a graph one op at a time; every op's shape is inferred, and checked, as it is added. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();

  input(name: string, shape: Shape, dtype: DType = "f32"): Value {
    const value: Value = { name: this.#unique(name), shape, dtype };
    this.#inputs.push(value);
    return value;
  }

  /** A tensor of the checkpoint. */
  parameter(key: string, shape: Shape): Value {
    return { name: key, shape, dtype: "f32", parameter: { kind: "checkpoint", key } };
  }

  /** A parameter I×O as the O×I that `linear` takes. */
  transposed(matrix: Value): Value {
    const [rows, columns] = matrix.shape;
    const parameter: ParameterSource = { kind: "transposed", matrix };
    return { name: `${matrix.name} transposed`, shape: [columns, rows], dtype: "f32", parameter };
  }

  /** Numbers known when the graph is built; held by the program that runs it. */
  constant(name: string, shape: Shape, data: Float32Array): Value {
    return { name, shape, dtype: "f32", parameter: { kind: "constant", data } };
  }

  /**
   * Adds an op and returns its result.
   * @param name The op's name, which is also its result's; unique in the graph. It is what errors name.
   * @throws ShapeError when the shapes do not fit.
   */
  add<T extends OpType>(op: T, name: string, inputs: Inputs<T>, attributes: Attributes<T>): Value {
    const shape = inferShape(op, name, inputs, attributes);
    const output: Value = { name: this.#unique(name), shape, dtype: "f32" };
    this.#nodes.push({ op, inputs, attributes, output } as unknown as Node);
    return output;
  }

  /** The graph that computes `outputs`, without the ops that they do not need. */
  build(outputs: readonly Value[]): Graph {
    const needed = new Set(outputs);
    const kept: Node[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!needed.has(node.output)) continue;
      kept.push(node);
      for (const input of inputsOf(node)) needed.add(input);
    }
    return { inputs: this.#inputs.filter((input) => needed.has(input)), nodes: kept.reverse(), outputs };
  }

  #unique(name: string): string {
    if (this.#names.has(name)) {
      throw new BpclipError(
        "GRAPH_NAME",
        `Two values of one graph are named "${name}".`,
        "Name each op once.",
      );
    }
    this.#names.add(name);
    return name;
  }
}
