/**
 * Gated local pooling (GLP): a feature level, weighted place by place by a learnt gate, brought to the size of the
 * deepest level. BPCLIP §III-B; Chen et al., TOPIQ, TIP 2024.
 */
import type { GraphBuilder, Value } from "../graph/graph.js";
import type { ModelConfig } from "./config.js";
import { conv } from "./layers.js";

/** Height and width of the pooled maps. */
export type MapSize = [height: number, width: number];

/**
 * NR: one level F (1×H×W×C) to G (1×Hn×Wn×D).
 * M = φ(F) · Conv(F), or φ(b) · GELU(a) with [a, b] = Conv(F) when the config says "gated".
 */
export function poolLevel(
  g: GraphBuilder,
  level: Value,
  name: string,
  config: ModelConfig,
  size: MapSize,
): Value {
  const channels = level.shape[3];
  if (config.gate === "linear") {
    const mask = gate(g, level, name, config.gateWidth);
    const masked = g.add(
      "multiply",
      `${name}.masked`,
      { a: conv(g, level, `${name}.project`, channels, 1), b: mask },
      {},
    );
    return reduce(g, poolTo(g, masked, `${name}.pooled`, size), name, config.width);
  }
  const projected = conv(g, level, `${name}.project`, 2 * channels, 1);
  const a = g.add("slice", `${name}.a`, { x: projected }, { start: 0, count: channels });
  const b = g.add("slice", `${name}.b`, { x: projected }, { start: channels, count: channels });
  const content = g.add("activation", `${name}.content`, { x: a }, { kind: "gelu" });
  const mask = gate(g, b, name, config.gateWidth);
  return reduce(g, poolGated(g, content, mask, `${name}.pooled`, size), name, config.width);
}

/**
 * FR: one level of the distorted image and of its reference (each 1×H×W×C) to G (1×Hn×Wn×D).
 * d = |Fd − Fr|; M = φ(d) · concat(Fd, Fr, d). The average pool is linear, so each of the three is pooled before they
 * are concatenated, and the 3C-channel map exists at the pooled size only.
 */
export function poolPair(
  g: GraphBuilder,
  distorted: Value,
  reference: Value,
  name: string,
  config: ModelConfig,
  size: MapSize,
): Value {
  const smooth = config.difference === "smooth";
  const difference = g.add(
    "absoluteDifference",
    `${name}.difference`,
    { a: distorted, b: reference },
    { smooth },
  );
  const mask = gate(g, difference, name, config.gateWidth);
  const parts = Object.entries({ distorted, reference, difference }).map(([part, map]) =>
    poolGated(g, map, mask, `${name}.pooled.${part}`, size),
  );
  return reduce(g, g.add("concat", `${name}.pooled`, { parts }, {}), name, config.width);
}

/** φ: three convolutions to one channel in (0, 1). */
function gate(g: GraphBuilder, x: Value, name: string, width: number): Value {
  const first = conv(g, x, `${name}.gate.0`, width, 1, "gelu");
  const second = conv(g, first, `${name}.gate.1`, width, 3, "gelu");
  return conv(g, second, `${name}.gate.2`, 1, 3, "sigmoid");
}

function reduce(g: GraphBuilder, x: Value, name: string, width: number): Value {
  return conv(g, x, `${name}.reduce`, width, 1, "gelu");
}

/** Whether a map is larger than the size on both sides; only then is it pooled (as in TOPIQ). */
function isLarger({ shape: [, h, w] }: Value, [height, width]: MapSize): boolean {
  return h > height && w > width;
}

function poolTo(g: GraphBuilder, x: Value, name: string, size: MapSize): Value {
  const [height, width] = size;
  return isLarger(x, size) ? g.add("adaptiveAvgPool", name, { x }, { height, width }) : x;
}

/** The pooled x · gate; the product is never stored when it is pooled. */
function poolGated(g: GraphBuilder, x: Value, gate: Value, name: string, size: MapSize): Value {
  const [height, width] = size;
  return isLarger(x, size)
    ? g.add("adaptiveAvgPool", name, { x, gate }, { height, width })
    : g.add("multiply", name, { a: x, b: gate }, {});
}
