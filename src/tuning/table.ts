/** Tables of measured winners: which variant computes a convolution of which shape, on one adapter. */
import { InputError } from "../errors.js";
import { isObject, quote } from "../json.js";
import { parseVariant, type Variant } from "../kernels/variant.js";

/**
 * Counted up when tables come to mean something else: when a shape, a method or a tile is named or computed otherwise, or
 * when one that is new beats the winners of before.
 */
export const tuningVersion = 2;

/** The fastest ways of computing convolutions on one adapter, as JSON has it; made by `model.tune` and `bpclip tune`. */
export interface TuningTable {
  /** Of the format; a table of another version is of no use. */
  version: number;
  /** The name of the adapter that it was measured on. */
  adapter: string;
  /**
   * By shape, "height x width x channels x output channels kKernel sStride pPadding" with the shorter side first, such as
   * "56x56x64x64 k3x3 s1 p1", a method and a tile, such as "winograd4 direct8".
   */
  convolutions: Record<string, string>;
}

const shape = /^\d+(x\d+){3} k\d+x\d+ s\d+ p\d+( n\d+)?$/;

/**
 * Reads a table, which may come from anywhere.
 * @throws InputError (INPUT_TUNING) for what is no table, or one of another version.
 */
export function parseTuning(value: unknown): TuningTable {
  if (!isObject(value)) throw refuse(`it is ${quote(value)}`);
  const { version, adapter, convolutions } = value;
  if (version !== tuningVersion) {
    throw refuse(`its version is ${quote(version)}, and this bpclip reads version ${tuningVersion}`);
  }
  if (typeof adapter !== "string") throw refuse(`its adapter is ${quote(adapter)}`);
  if (!isObject(convolutions)) throw refuse(`its convolutions are ${quote(convolutions)}`);
  for (const [key, name] of Object.entries(convolutions)) {
    if (!shape.test(key)) throw refuse(`there is no shape ${quote(key)}`);
    if (typeof name !== "string" || !parseVariant(name)) throw refuse(`there is no variant ${quote(name)}`);
  }
  return { version, adapter, convolutions: convolutions as Record<string, string> };
}

/** As planners look them up, by `shapeKey`. */
export function winners(convolutions: Readonly<Record<string, string>>): Map<string, Variant> {
  return new Map(Object.entries(convolutions).map(([shape, name]) => [shape, parseVariant(name)!]));
}

function refuse(reason: string): InputError {
  return new InputError(
    "INPUT_TUNING",
    `This is no tuning table: ${reason}.`,
    "Measure it again, by `bpclip tune` or `model.tune`.",
  );
}
