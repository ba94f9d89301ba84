/** A tensor's elements out of its storage, whatever its strides. */
import type { Budget } from "./budget.js";
import { formatShape } from "./problems.js";
import type { TensorRef } from "./values.js";

/**
 * A view's elements, row-major and without gaps: the storage's own bytes where they lie so already, else a copy.
 * @param storage The bytes of the view's storage, which cover it.
 * @throws WeightsError WEIGHTS_TOO_LARGE, before anything is allocated.
 */
export function contiguousBytes(tensor: TensorRef, storage: Uint8Array, budget: Budget): Uint8Array {
  const { offset, shape, strides } = tensor;
  const { elementSize } = tensor.storage;
  if (shape.includes(0)) return new Uint8Array(0);

  // Sides of 1 have no step. The last sides that lie without gaps are one run of bytes.
  const sides = shape.filter((side) => side > 1);
  const steps = strides.filter((_, i) => shape[i] > 1).map((stride) => stride * elementSize);
  let run = elementSize;
  while (sides.length > 0 && steps[steps.length - 1] === run) {
    run *= sides.pop()!;
    steps.pop();
  }
  let from = offset * elementSize;
  if (sides.length === 0) return storage.subarray(from, from + run);

  const length = sides.reduce((product, side) => product * side, run);
  budget.allocate(length, `a tensor of the shape ${formatShape(shape)}, whose strides make a copy needed`);
  const bytes = new Uint8Array(length);
  const index = sides.map(() => 0);
  for (let to = 0; to < length; ) {
    for (let i = 0; i < run; i++) bytes[to + i] = storage[from + i];
    to += run;
    // The next place: the last side that is not at its end goes on, those after it begin again.
    for (let d = sides.length - 1; d >= 0; d--) {
      from += steps[d];
      if (++index[d] < sides[d]) break;
      from -= steps[d] * sides[d];
      index[d] = 0;
    }
  }
  return bytes;
}
