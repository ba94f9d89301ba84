/** What a pickle of PyTorch can hold. Nothing here has behaviour: a function or class of Python is only its name. */
import type { Dtype } from "../safetensors.js";

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Tuple
  | Global
  | ScriptObject
  | StorageRef
  | TensorRef;

export class Tuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** The name of something in a Python module. */
export class Global {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** A TorchScript object: a module with its parameters, buffers, submodules and other attributes. */
export class ScriptObject {
  readonly attributes = new Map<string, PickleValue>();
  constructor(readonly type: Global) {}
}

/** A run of `length` elements, in the archive's entry of that key. */
export class StorageRef {
  constructor(
    readonly dtype: Dtype,
    /** Bytes an element. */
    readonly elementSize: number,
    readonly key: string,
    readonly length: number,
  ) {}
}

/** A view of a storage; offset and strides are in elements. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** What a value is, for a message. */
export function kindOf(value: PickleValue): string {
  if (value === null) return "None";
  if (value instanceof Global) return value.toString().slice(0, 120);
  if (value instanceof ScriptObject) return `an object ${value.type.toString().slice(0, 120)}`;
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dict";
  if (value instanceof Set) return "a set";
  if (value instanceof Tuple) return "a tuple";
  if (value instanceof StorageRef) return "a storage";
  if (value instanceof TensorRef) return "a tensor";
  return `a ${typeof value}`;
}
