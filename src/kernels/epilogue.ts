/** What is fused into the write of a convolution or a linear layer; see shaders/include/epilogue.wgsl. */
import type { Activation, Value } from "../graph/graph.js";
import { bind } from "./bindings.js";
import type { Binding, Packing } from "./kernel.js";

/** The tensors of a convolution, or of a linear layer seen as one. */
export interface Operands {
  x: Value;
  /** Absent where x is products already. */
  weight?: Value;
  bias?: Value;
  residual?: Value;
  gate?: Value;
  output: Value;
}

/** The numbers of shaders/include/activation.wgsl. */
export const activationCodes: Record<Activation, number> = {
  none: 0,
  relu: 1,
  gelu: 2,
  quickGelu: 3,
  sigmoid: 4,
};

/** Bindings of the shaders that include `include/epilogue.wgsl`, and their `params.fused`. */
export function planEpilogue(
  { x, weight, bias, residual, gate, output }: Operands,
  activation: Activation,
  packing?: Packing,
): { fused: number; bindings: Binding[] } {
  const bindings = bind([x, weight, bias, residual, gate], output);
  bindings[1].packing = packing;
  const fused = activationCodes[activation] + (bias ? 8 : 0) + (residual ? 16 : 0) + (gate ? 32 : 0);
  return { fused, bindings };
}
