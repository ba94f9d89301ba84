/** Fused attention: how many keys pass through workgroup memory at a time. */
import { LimitError } from "../errors.js";
import { bind } from "./bindings.js";
import { floatBits, type Planner } from "./kernel.js";

/** Queries of a workgroup, lanes of a query; as in attention.wgsl. */
const QUERIES = 8;
const LANES = 8;

/** The widest head: each lane holds up to four vec4 of the result. */
const MAX_HEAD_WIDTH = 4 * 4 * LANES;

/**
 * softmax(q·kᵀ/√(D/heads) [+ causal mask])·v + residual. A tile has 32 keys, or as many multiples of 8 as fit in
 * workgroup memory beside the queries.
 * @throws LimitError (HEAD_TOO_WIDE) for heads wider than 128 channels.
 */
export const planAttention: Planner<"attention"> = ({ inputs, attributes, output }, device) => {
  const { q, k, v, residual } = inputs;
  const { heads, causal } = attributes;
  const [batch, tokens, width] = q.shape;
  const headWidth = width / heads;
  if (headWidth > MAX_HEAD_WIDTH) {
    throw new LimitError(
      "HEAD_TOO_WIDE",
      `The attention "${output.name}" has heads of ${headWidth} channels, and its kernel takes ${MAX_HEAD_WIDTH}.`,
      "Use more heads.",
    );
  }
  const headVectors = Math.ceil(headWidth / 4);
  return [
    {
      shader: "attention",
      overrides: {
        HEAD_VECTORS: headVectors,
        TILE_KEYS: tileKeys(headVectors, device.maxWorkgroupStorageBytes),
        CAUSAL: Number(causal),
        HAS_RESIDUAL: Number(residual !== undefined),
      },
      params: [tokens, k.shape[1], heads, headWidth, floatBits(1 / Math.sqrt(headWidth))],
      bindings: bind([q, k, v, residual], output),
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
