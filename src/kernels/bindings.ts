import type { Value } from "../graph/graph.js";
import type { Binding } from "./kernel.js";

/** Bindings of a kernel that reads `inputs`, in this order, and then writes `output`. */
export function bind(inputs: readonly (Value | undefined)[], output: Value): Binding[] {
  return [
    ...inputs.map((value): Binding => ({ value: value ?? null, access: "read" })),
    { value: output, access: "write" },
  ];
}
