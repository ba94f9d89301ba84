/** Fused attention: straight from storage on software adapters, through workgroup memory on GPUs. */
import { LimitError } from "../errors.js";
import { attentionCut } from "../graph/shape.js";
import { bind } from "./bindings.js";
import { floatBits, isSoftware, type Planner } from "./kernel.js";
import { vectorWidth } from "./vector-width.js";

/** Queries of a workgroup of attention.wgsl, lanes of a query. */
const QUERIES = 8;
const LANES = 8;

/** The widest head that it takes: each lane holds up to four vec4 of the result. */
const MAX_HEAD_WIDTH = 4 * 4 * LANES;

/** Queries of a workgroup of attention_direct.wgsl. */
const DIRECT_QUERIES = 32;

/**
 * softmax(q·kᵀ/√(D/heads) [+ causal mask])·v + residual.
 *
 * - `attention_direct` on software adapters where 4 divides a head's width and place: 4 queries × 8 keys an
 *   invocation, straight from storage;
 * - `attention` else, through workgroup memory. A tile has 32 keys, or as many multiples of 8 as fit beside the queries.
 *
 * Measured on two cores that were not idle, CPU time and time of `attention_direct` in those of `attention`:
 *
 *     tokens × keys, heads × width   llvmpipe     SwiftShader
 *     49×49, 8×64                    0.30, 0.19   0.11, 0.07
 *     77×77, 8×64, causal            0.23, 0.07
 *     247×247, 4×32                  0.20, 0.13   0.16, 0.13
 *
 * Loads of vec4 through workgroup memory gained a tenth at most there, and were not measured on GPUs.
 *
 * @throws LimitError (HEAD_TOO_WIDE) for heads wider than 128 channels, but not from `attention_direct`.
 */
export const planAttention: Planner<"attention"> = (node, device) => {
  const { q, k, v, residual } = node.inputs;
  const { heads, causal } = node.attributes;
  const [batch, tokens, width] = node.output.shape;
  const headWidth = width / heads;
  const cut = attentionCut(q, node.attributes);
  const rows = [cut.q, q.shape[2], cut.k, k.shape[2], cut.v, v.shape[2]];
  const overrides = { CAUSAL: Number(causal), HAS_RESIDUAL: Number(residual !== undefined) };
  const bindings = bind([q, k, v, residual], node.output);
  // All widths in the kernel's unit, a channel or four.
  const paramsBy = (unit: 1 | 4) => [
    tokens,
    k.shape[1],
    heads,
    headWidth / unit,
    floatBits(1 / Math.sqrt(headWidth)),
    ...rows.map((channels) => channels / unit),
  ];
  // The sums that `attention_direct` keeps in its output would lose digits in half precision.
  const fits = vectorWidth(headWidth, ...rows) === 4 && node.output.dtype === "f32";
  if (isSoftware(device) && fits) {
    return [
      {
        shader: "attention_direct",
        overrides,
        params: paramsBy(4),
        bindings,
        workgroups: [Math.ceil(tokens / DIRECT_QUERIES), heads, batch],
      },
    ];
  }
  if (headWidth > MAX_HEAD_WIDTH) {
    throw new LimitError(
      "HEAD_TOO_WIDE",
      `The attention "${node.output.name}" has heads of ${headWidth} channels, and its kernel takes ${MAX_HEAD_WIDTH}.`,
      "Use more heads.",
    );
  }
  const HEAD_VECTORS = Math.ceil(headWidth / 4);
  const TILE_KEYS = tileKeys(HEAD_VECTORS, device.maxWorkgroupStorageBytes);
  return [
    {
      shader: "attention",
      overrides: { ...overrides, HEAD_VECTORS, TILE_KEYS },
      params: paramsBy(1),
      bindings,
      workgroups: [Math.ceil(tokens / QUERIES), heads, batch],
    },
  ];
};

/** The keys of a tile: 32, or the most multiples of LANES up to it that `bytes` of workgroup memory hold. */
function tileKeys(headVectors: number, bytes: number): number {
  const queryBytes = QUERIES * headVectors * 16;
  const keyBytes = 2 * headVectors * 16 + QUERIES * 4;
  return Math.min(32, Math.floor((bytes - queryBytes) / keyBytes / LANES) * LANES);
}
