/**
 * The few functions and classes of Python that a weights file calls for, done by our own code. Whatever else a file
 * names is refused when it is to be called, instantiated or given a state; its bare name is harmless.
 */
import type { WeightsError } from "../../errors.js";
import type { Dtype } from "../safetensors.js";
import { type Budget, cost } from "./budget.js";
import { badPickle, badStorage, formatShape, quote, unsafe, unsupportedTensor } from "./problems.js";
import { Global, kindOf, type PickleValue, ScriptObject, StorageRef, TensorRef, Tuple } from "./values.js";

type Arguments = readonly PickleValue[];

/** PyTorch's own bound. */
const maxRank = 64;

/** What the elements of a storage class are, and their bytes. */
const storageClasses = new Map<string, [Dtype, size: number]>([
  ["torch.DoubleStorage", ["F64", 8]],
  ["torch.FloatStorage", ["F32", 4]],
  ["torch.HalfStorage", ["F16", 2]],
  ["torch.BFloat16Storage", ["BF16", 2]],
  ["torch.LongStorage", ["I64", 8]],
  ["torch.IntStorage", ["I32", 4]],
  ["torch.ShortStorage", ["I16", 2]],
  ["torch.CharStorage", ["I8", 1]],
  ["torch.ByteStorage", ["U8", 1]],
  ["torch.BoolStorage", ["BOOL", 1]],
]);

const callables = new Map<string, (args: Arguments, budget: Budget) => PickleValue>([
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch._utils._rebuild_parameter_with_state", rebuildParameter],
  ["collections.OrderedDict", emptyDict],
  ["collections.Counter", ([counts]) => (counts instanceof Map ? counts : wrong("Counter"))],
  ["builtins.set", makeSet],
  ["builtins.frozenset", makeSet],
  ["__builtin__.set", makeSet],
  ["__builtin__.frozenset", makeSet],
  ["_codecs.encode", encodeBytes],
  ["torch.Size", ([sides]) => (sides instanceof Tuple ? sides : wrong("Size"))],
  ["torch.device", deviceName],
  // TorchScript says of its lists and dicts what their elements are.
  ["torch.jit._pickle.build_intlist", typedList],
  ["torch.jit._pickle.build_doublelist", typedList],
  ["torch.jit._pickle.build_boollist", typedList],
  ["torch.jit._pickle.build_tensorlist", typedList],
  ["torch.jit._pickle.restore_type_tag", ([value = null]) => value],
]);

/** Functions that make tensors which are not dense ones with a dtype of `storageClasses`. */
const otherTensors = new Set([
  "torch.serialization._get_layout",
  "torch._utils._rebuild_tensor_v3",
  "torch._utils._rebuild_sparse_tensor",
  "torch._utils._rebuild_sparse_csr_tensor",
  "torch._utils._rebuild_qtensor",
  "torch._utils._rebuild_nested_tensor",
  "torch._utils._rebuild_meta_tensor_no_storage",
]);

/**
 * REDUCE: what Python's `callee(*args)` would give.
 * @throws WeightsError WEIGHTS_UNSAFE (not one of the known functions), WEIGHTS_PICKLE (not its arguments),
 * WEIGHTS_DTYPE (a kind of tensor that is not read), WEIGHTS_STORAGE (a tensor beyond its storage), WEIGHTS_TOO_LARGE.
 */
export function call(callee: PickleValue, args: PickleValue, budget: Budget): PickleValue {
  if (!(callee instanceof Global)) throw unsafe(`The file calls ${kindOf(callee)}, which is no function.`);
  const callable = callables.get(callee.toString());
  if (!callable) throw refused(callee);
  if (!(args instanceof Tuple))
    throw badPickle(`${callee} is called with ${kindOf(args)}, not with a tuple.`);
  return callable(args.items, budget);
}

/**
 * NEWOBJ: a new object of a class, which can only be a TorchScript one, named `__torch__.…`.
 * @throws WeightsError WEIGHTS_UNSAFE (another class), WEIGHTS_PICKLE (it is given arguments), WEIGHTS_TOO_LARGE.
 */
export function instantiate(type: PickleValue, args: PickleValue, budget: Budget): ScriptObject {
  if (!(type instanceof Global)) throw unsafe(`The file instantiates ${kindOf(type)}, which is no class.`);
  if (type.module !== "__torch__" && !type.module.startsWith("__torch__.")) throw refused(type);
  if (!(args instanceof Tuple) || args.items.length > 0) {
    throw badPickle(`The TorchScript class ${kindOf(type)} is instantiated with arguments.`);
  }
  budget.allocate(cost.object + cost.map, "a TorchScript object");
  return new ScriptObject(type);
}

/**
 * BUILD: gives an object its state. A TorchScript object takes it as its attributes; that of an OrderedDict
 * (`_metadata`, versions of modules) is dropped.
 * @throws WeightsError WEIGHTS_UNSAFE (another kind of object), WEIGHTS_PICKLE (not a dict of names), WEIGHTS_TOO_LARGE.
 */
export function build(object: PickleValue, state: PickleValue, budget: Budget): void {
  if (object instanceof Map) return;
  if (!(object instanceof ScriptObject)) {
    throw unsafe(`The file sets the state of ${kindOf(object)}, which this reader never does.`);
  }
  if (!(state instanceof Map)) {
    throw badPickle(`The state of ${kindOf(object)} is ${kindOf(state)}, not a dict of attributes.`);
  }
  budget.allocate(cost.mapEntry * state.size, `the attributes of ${kindOf(object)}`);
  for (const [name, value] of state) {
    if (typeof name !== "string")
      throw badPickle(`An attribute of ${kindOf(object)} is named by ${kindOf(name)}, not by text.`);
    object.attributes.set(name, value);
  }
}

/**
 * BINPERSID: the storage that `("storage", class, key, device, length)` stands for.
 * @throws WeightsError WEIGHTS_PICKLE (not such a tuple), WEIGHTS_DTYPE (a storage class that is not read),
 * WEIGHTS_TOO_LARGE.
 */
export function storageOf(id: PickleValue, budget: Budget): StorageRef {
  const [kind, type, key, , length] = id instanceof Tuple ? id.items : [];
  if (kind !== "storage" || !(type instanceof Global) || typeof key !== "string" || !isSize(length)) {
    throw badPickle(`The file refers to something outside of its pickle by ${kindOf(id)}, not to a storage.`);
  }
  const elements = storageClasses.get(type.toString());
  if (!elements) {
    throw unsupportedTensor(`The storage ${quote(key)} is ${kindOf(type)}, whose elements are not read.`);
  }
  budget.allocate(cost.object, "a storage");
  return new StorageRef(elements[0], elements[1], key, length);
}

/** `(storage, offset, shape, strides[, requires_grad, hooks[, metadata]])` */
function rebuildTensor(args: Arguments, budget: Budget): TensorRef {
  const [storage, offset, shape, strides, , , metadata] = args;
  if (
    !(storage instanceof StorageRef) ||
    !isSize(offset) ||
    !(shape instanceof Tuple) ||
    !(strides instanceof Tuple) ||
    !isSizes(shape.items) ||
    !isSizes(strides.items) ||
    shape.items.length !== strides.items.length ||
    shape.items.length > maxRank
  ) {
    throw wrong("A tensor");
  }
  if (metadata instanceof Map && metadata.size > 0) {
    throw unsupportedTensor("A tensor is a conjugated or negated view, whose values are not those stored.");
  }
  const tensor = new TensorRef(storage, offset, shape.items, strides.items);
  checkExtent(tensor);
  budget.allocate(2 * cost.object, "a tensor");
  return tensor;
}

/** The last element of the view must be in the storage; an empty view needs none, but its sides must multiply to 0. */
function checkExtent({ storage, offset, shape, strides }: TensorRef): void {
  if (shape.includes(0)) {
    const others = shape.filter((side) => side > 0).reduce((product, side) => product * side, 1);
    if (!Number.isSafeInteger(others)) throw wrong("An empty tensor");
    return;
  }
  const last = shape.reduce((sum, side, i) => sum + (side - 1) * strides[i], offset);
  // Not `>=`, which would let NaN pass; sums beyond 2^53 are inexact, but stay above every length.
  if (last < storage.length) return;
  throw badStorage(
    `A tensor of the shape ${formatShape(shape)} reaches to element ${last} of the storage ${quote(storage.key)}, ` +
      `which has ${storage.length}.`,
  );
}

/** `(tensor, requires_grad, hooks[, state])`: a parameter is its tensor. */
function rebuildParameter([tensor]: Arguments): TensorRef {
  return tensor instanceof TensorRef ? tensor : wrong("A parameter");
}

function emptyDict(args: Arguments, budget: Budget): PickleValue {
  if (args.length > 0) throw wrong("OrderedDict");
  budget.allocate(cost.map, "a dict");
  return new Map();
}

function makeSet([items]: Arguments, budget: Budget): PickleValue {
  if (!Array.isArray(items)) return wrong("set");
  budget.allocate(cost.map + cost.mapEntry * items.length, "a set");
  return new Set(items);
}

/** `(text, "latin1")`: how bytes are written before protocol 3. */
function encodeBytes([text, encoding]: Arguments, budget: Budget): PickleValue {
  if (typeof text !== "string" || encoding !== "latin1") return wrong("_codecs.encode");
  budget.allocate(text.length + cost.object, "bytes");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** `("cuda", 0)` → "cuda:0" */
function deviceName([type, index]: Arguments, budget: Budget): PickleValue {
  if (typeof type !== "string") return wrong("device");
  if (index === undefined) return type;
  if (!isSize(index)) return wrong("device");
  budget.allocate(cost.string, "a device");
  return `${type}:${index}`;
}

function typedList([items]: Arguments): PickleValue {
  return Array.isArray(items) ? items : wrong("A TorchScript list");
}

function refused(global: Global): WeightsError {
  const name = quote(global.toString());
  if (otherTensors.has(global.toString())) {
    return unsupportedTensor(
      `The file has a tensor that ${name} makes: sparse, quantised or of another dtype.`,
    );
  }
  const message = `The file asks for ${name}, which is none of the few functions and classes that weights need.`;
  if (/^numpy\b/.test(global.module)) {
    const mend =
      "Save it again with NumPy's numbers as Python's (.item()), and its arrays as tensors (torch.from_numpy).";
    return unsafe(message, mend);
  }
  return unsafe(message);
}

function wrong(what: string): never {
  throw badPickle(`${what} is made of other arguments than PyTorch gives.`);
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(values: readonly PickleValue[]): values is readonly number[] {
  return values.every(isSize);
}
