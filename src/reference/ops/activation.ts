/** The activation functions, for the `activation` op and for the ops that end in one. */
import type { Activation } from "../../graph/graph.js";
import type { ReferenceOp } from "../reference.js";

/**
 * The error function to a relative 2e-15, by its series of terms of one sign (DLMF 7.6.2):
 * erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)).
 */
export function erf(x: number): number {
  // 1 − erf(6) is 2e-17, below half a unit in the last place of 1.
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Each activation as a function of one number. */
export const activations: Record<Activation, (x: number) => number> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  quickGelu: (x) => x * sigmoid(1.702 * x),
  sigmoid,
};

export const activation: ReferenceOp<"activation"> = ({ x }, { kind }, output) => {
  const activate = activations[kind];
  for (let i = 0; i < output.data.length; i++) output.data[i] = activate(x.data[i]);
};
