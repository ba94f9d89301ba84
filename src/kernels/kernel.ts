/**
 * What a planner decides: which shader runs, compiled with which overrides, on which tensors, over how many
 * workgroups. A planner is a pure function of a node and the device's capabilities, so it is tested without a GPU;
 * `src/runtime` turns its dispatches into pipelines and bind groups.
 */
import type { NodeOf, OpType, Shape, Value } from "../graph/graph.js";
import type { ShaderName } from "./shaders.generated.js";
import type { Variant } from "./variant.js";

/** What of a device a planner may count on; the defaults of WebGPU at the least. */
export interface Capabilities {
  /** The adapter's family, which rules and shipped tables of winners go by: "llvmpipe", "swiftshader", "nvidia", … */
  family: string;
  maxWorkgroupsPerDimension: number;
  maxInvocationsPerWorkgroup: number;
  maxWorkgroupStorageBytes: number;
  /** The most bytes of a tensor. */
  maxBindingBytes: number;
  /** Whether invocations can hand each other what they hold. */
  subgroups: boolean;
  /** The fastest ways of computing convolutions that were measured here, by `shapeKey`. */
  tuning?: ReadonlyMap<string, Variant>;
  /** How to compute convolutions, as far as their shapes allow it, whatever was measured. */
  convolution?: Partial<Variant>;
}

/** Whether the adapter is a CPU: barriers and workgroup memory cost there, and save nothing. */
export function isSoftware({ family }: Capabilities): boolean {
  return family === "llvmpipe" || family === "swiftshader";
}

/**
 * How a parameter lies in memory for a kernel. Convolution weights O×I×kh×kw become kh×kw×I×O ("HWIO") and linear
 * weights O×I become I×O ("IO"), so that the output channels that neighbouring threads compute are contiguous. Weights
 * O×I×3×3 transformed for Winograd's F(2×2, 3×3) and F(4×4, 3×3) are 16×I×O and 36×I×O, numbered from the top row on.
 */
export type Packing = "asIs" | "HWIO" | "IO" | "winograd2" | "winograd4";

/** A tensor at a binding. null stands for an optional tensor that this dispatch has not: an empty buffer is bound. */
export interface Binding {
  value: Value | null;
  access: "read" | "write";
  packing?: Packing;
}

/** A tensor that one dispatch of a node writes for its next one to read; it is nobody else's. */
export function scratch(name: string, shape: Shape): Value {
  return { name, shape, dtype: "f32" };
}

/** One dispatch of one kernel. */
export interface Dispatch {
  shader: ShaderName;
  /** Values of the shader's `override` constants; each distinct set is a pipeline of its own. */
  overrides: Record<string, number>;
  /** The shader's uniform struct at @binding(0), a 32-bit word a field: integers as they are, floats by `floatBits`. */
  params: readonly number[];
  /** The tensors at @binding(1), @binding(2), …, in order. */
  bindings: readonly Binding[];
  workgroups: readonly [number, number, number];
}

/** From a node to the dispatches that compute it. */
export type Planner<T extends OpType> = (node: NodeOf<T>, device: Capabilities) => Dispatch[];

const floatView = new DataView(new ArrayBuffer(4));

/** The bits of an f32, for a float field of a uniform struct. */
export function floatBits(x: number): number {
  floatView.setFloat32(0, x);
  return floatView.getUint32(0);
}
