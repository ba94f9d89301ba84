/** From a source's tensors to those of this project's files: which become which, which are not needed, what is wrong. */
import type { Shape } from "../../graph/graph.js";
import { type ExpectedTensor, NamedTensors } from "../named-tensors.js";
import type { Source } from "./model-files.js";

/** How one tensor is made of tensors of the source, all of which must be there. */
export interface Recipe extends ExpectedTensor {
  from: readonly ExpectedTensor[];
  /** For one source the same or, of a matrix, its transpose; several are joined, the first sides one after another. */
  how: "copy" | "transpose" | "join";
}

export interface Gathered {
  tensors: Map<string, { shape: Shape; data: Float32Array }>;
  /** Tensors of the source that are not used, counted by the part of the network that they are of. */
  unused: Map<string, number>;
}

/** Under the names that the source has before `prefix`. */
export function copied(expected: readonly ExpectedTensor[], prefix: string): Recipe[] {
  return expected.map(({ key, shape }) => ({
    key,
    shape,
    from: [{ key: prefix + key, shape }],
    how: "copy",
  }));
}

/**
 * Makes the tensors of the recipes.
 * @param prefix Of the network's names: whatever is outside of it is not needed.
 * @param droppable What is not needed inside of it: names without the prefix, with a `*` at an end for any text.
 * @throws WeightsError WEIGHTS_KEYS (tensors missing, of another shape, or neither used nor droppable), WEIGHTS_DTYPE,
 * WEIGHTS_NOT_FINITE.
 */
export function gather(
  { files, tensors }: Source,
  recipes: readonly Recipe[],
  prefix: string,
  droppable: readonly string[],
): Gathered {
  const needed = recipes.flatMap(({ from }) => from);
  const keys = new Set(needed.map(({ key }) => key));
  const unused = new Map<string, number>();
  const kept = new Map(tensors);
  for (const name of tensors.keys()) {
    const group = keys.has(name) ? undefined : groupOf(name, prefix, droppable);
    if (group === undefined) continue;
    kept.delete(name);
    unused.set(group, (unused.get(group) ?? 0) + 1);
  }
  const named = new NamedTensors(files[0], kept);
  named.requireKeys(needed);
  const made = recipes.map((recipe) => {
    return [recipe.key, { shape: recipe.shape, data: make(recipe, named) }] as const;
  });
  return { tensors: new Map(made), unused };
}

function make({ from, how }: Recipe, tensors: NamedTensors): Float32Array {
  const [first, ...others] = from.map(({ key, shape }) => tensors.get(key, shape));
  if (how === "transpose") return transposed(first, from[0].shape);
  if (others.length === 0) return first;
  const all = [first, ...others];
  const joined = new Float32Array(all.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of all) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

function transposed(matrix: Float32Array, [rows, columns]: Shape): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

/** What an unneeded tensor is counted as; undefined for one that must not be there. */
function groupOf(name: string, prefix: string, droppable: readonly string[]): string | undefined {
  if (name.startsWith(prefix)) {
    const inner = name.slice(prefix.length);
    const pattern = droppable.find((pattern) => matches(inner, pattern));
    return pattern && (pattern.startsWith("*") ? pattern : prefix + pattern);
  }
  // The first part of the name in which it leaves the prefix.
  const parts = name.split(".");
  const own = prefix.split(".");
  const at = parts.findIndex((part, i) => part !== own[i]);
  return at === parts.length - 1 ? name : `${parts.slice(0, at + 1).join(".")}.*`;
}

function matches(name: string, pattern: string): boolean {
  if (pattern.startsWith("*")) return name.endsWith(pattern.slice(1));
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
