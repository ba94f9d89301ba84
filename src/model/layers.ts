/** Layers that several parts of the network use: a convolution, a linear layer, a layer norm and an MLP with their parameters. */
import type { Activation, GraphBuilder, Value } from "../graph/graph.js";

/** A biased convolution to `channels`, padded to keep its size: parameters `${name}.weight` and `${name}.bias`. */
export function conv(
  g: GraphBuilder,
  x: Value,
  name: string,
  channels: number,
  size: 1 | 3,
  activation: Activation = "none",
): Value {
  const weight = g.parameter(`${name}.weight`, [channels, x.shape[3], size, size]);
  const bias = g.parameter(`${name}.bias`, [channels]);
  return g.add("conv2d", name, { x, weight, bias }, { stride: 1, padding: (size - 1) / 2, activation });
}

/** A biased linear layer over the last dimension. */
export function linear(
  g: GraphBuilder,
  x: Value,
  name: string,
  width: number,
  activation: Activation = "none",
  parameters = name,
): Value {
  const weight = g.parameter(`${parameters}.weight`, [width, x.shape[x.shape.length - 1]]);
  const bias = g.parameter(`${parameters}.bias`, [width]);
  return g.add("linear", name, { x, weight, bias }, { activation });
}

/** Over the last dimension, eps 1e-5. */
export function layerNorm(g: GraphBuilder, x: Value, name: string, parameters = name): Value {
  const width = x.shape[x.shape.length - 1];
  const weight = g.parameter(`${parameters}.weight`, [width]);
  const bias = g.parameter(`${parameters}.bias`, [width]);
  return g.add("layerNorm", name, { x, weight, bias }, { eps: 1e-5 });
}

/** Linear, ReLU, Linear and a last activation: parameters `${parameters}.0` and `${parameters}.1`. */
export function mlp(
  g: GraphBuilder,
  x: Value,
  name: string,
  [hidden, width]: [number, number],
  activation: Activation = "none",
  parameters = name,
): Value {
  const inner = linear(g, x, `${name}.0`, hidden, "relu", `${parameters}.0`);
  return linear(g, inner, `${name}.1`, width, activation, `${parameters}.1`);
}
