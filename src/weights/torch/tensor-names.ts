/** The tensors and texts of a tree of dicts, lists, tuples and TorchScript objects, by dotted names. */
import { WeightsError } from "../../errors.js";
import { type Budget, cost } from "./budget.js";
import { badPickle, quote } from "./problems.js";
import { type PickleValue, ScriptObject, TensorRef, Tuple } from "./values.js";

/** Dicts, lists and objects within each other. A tree that contains itself is deeper than any bound. */
const maxDepth = 128;

/** A container being walked; `name` is undefined below a key that is no part of a name, as a tuple is. */
interface Level {
  name: string | undefined;
  entries: Iterator<[PickleValue, PickleValue]>;
}

export interface NamedValues {
  tensors: Map<string, TensorRef>;
  /** Those in dicts and objects, by keys that are texts themselves; of two with one name the later. */
  texts: Map<string, string>;
}

/**
 * All tensors and texts in the tree, in its order, named by the keys, indices and attributes on the way to them: the
 * `weight` of the first of `blocks` is `blocks.0.weight`. A tensor found on two ways has two names; a tree that is one
 * tensor names it "".
 * @throws WeightsError WEIGHTS_PICKLE (a tree deeper than 128, or in itself; a tensor below a key that is not text, a
 * number, a boolean or None), WEIGHTS_DUPLICATE (two tensors of one name), WEIGHTS_TOO_LARGE.
 */
export function nameValues(root: PickleValue, budget: Budget): NamedValues {
  const tensors = new Map<string, TensorRef>();
  const texts = new Map<string, string>();
  const visit = (value: PickleValue, name: string | undefined): Level | undefined => {
    budget.step();
    if (value instanceof TensorRef) {
      addTensor(tensors, name, value, budget);
      return undefined;
    }
    const entries = entriesOf(value);
    return entries && { name, entries };
  };

  const first = visit(root, "");
  const levels: Level[] = first ? [first] : [];
  while (levels.length > 0) {
    const { name, entries } = levels[levels.length - 1];
    const next = entries.next();
    if (next.done) {
      levels.pop();
      continue;
    }
    const [key, value] = next.value;
    const joined = join(name, key, levels.length === 1);
    if (typeof value === "string" && typeof key === "string" && joined !== undefined) {
      budget.allocate(cost.mapEntry + cost.string + 2 * joined.length, "the texts' names");
      texts.set(joined, value);
    }
    const level = visit(value, joined);
    if (!level) continue;
    if (levels.length >= maxDepth) {
      throw badPickle(
        `The file holds dicts or lists within themselves, or more than ${maxDepth} levels of them.`,
      );
    }
    levels.push(level);
  }
  return { tensors, texts };
}

function addTensor(
  tensors: Map<string, TensorRef>,
  name: string | undefined,
  tensor: TensorRef,
  budget: Budget,
): void {
  if (name === undefined)
    throw badPickle("The file holds a tensor below a key that is no name, but a tuple or bytes.");
  if (tensors.has(name)) {
    throw new WeightsError(
      "WEIGHTS_DUPLICATE",
      `The file has two tensors whose dotted name is ${quote(name)}.`,
      "Rename one of them, or save only one of the dicts that they are in.",
    );
  }
  const shapeBytes = cost.list + cost.reference * tensor.shape.length;
  budget.allocate(
    cost.mapEntry + cost.object + shapeBytes + cost.string + 2 * name.length,
    "the tensors' names",
  );
  tensors.set(name, tensor);
}

function entriesOf(value: PickleValue): Iterator<[PickleValue, PickleValue]> | undefined {
  if (value instanceof Map) return value.entries();
  if (value instanceof ScriptObject) return value.attributes.entries();
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Tuple) return value.items.entries();
  return undefined;
}

function join(name: string | undefined, key: PickleValue, first: boolean): string | undefined {
  const isName = key === null || ["string", "number", "bigint", "boolean"].includes(typeof key);
  if (name === undefined || !isName) return undefined;
  const part = key === null ? "None" : key === true ? "True" : key === false ? "False" : String(key);
  return first ? part : `${name}.${part}`;
}
