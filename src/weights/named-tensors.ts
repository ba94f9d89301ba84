/** The tensors of one weights file, as a network asks for them: by key, and with the shape that it needs. */
import { WeightsError } from "../errors.js";
import { type TensorView, toFloat32 } from "./safetensors.js";

/** A tensor that a network needs. */
export interface ExpectedTensor {
  key: string;
  shape: readonly number[];
}

/** Problems that one error lists before it only counts them. */
const listed = 10;

const otherModel = "Use a checkpoint that was exported for this config, or export it again.";

export class NamedTensors {
  constructor(
    /** The file's, for messages. */
    readonly name: string,
    private readonly tensors: ReadonlyMap<string, TensorView>,
  ) {}

  /** The names of all tensors, in the file's order. */
  keys(): string[] {
    return [...this.tensors.keys()];
  }

  /**
   * A tensor's values as f32, row-major, converted anew at each call; not to be written to, as they may be the file's
   * own bytes.
   * @throws WeightsError WEIGHTS_MISSING, WEIGHTS_SHAPE (not the expected shape), WEIGHTS_DTYPE, WEIGHTS_NOT_FINITE.
   */
  get(key: string, shape: readonly number[]): Float32Array {
    const tensor = this.tensors.get(key);
    if (!tensor) {
      const message = `The checkpoint has no tensor "${key}" ${format(shape)}.`;
      throw new WeightsError("WEIGHTS_MISSING", message, otherModel);
    }
    if (!sameShape(tensor.shape, shape)) {
      const message = `Tensor "${key}" should be ${format(shape)} and is ${format(tensor.shape)}.`;
      throw new WeightsError("WEIGHTS_SHAPE", message, otherModel);
    }
    return toFloat32(tensor);
  }

  /**
   * Checks that the file has exactly these tensors.
   * @throws WeightsError WEIGHTS_KEYS, with everything missing, misshaped or left over in one message.
   */
  requireKeys(expected: readonly ExpectedTensor[]): void {
    requireTensors(this.name, this.tensors, expected);
  }
}

/** As `requireKeys`, of tensors whose numbers need not be there. */
export function requireTensors(
  name: string,
  tensors: ReadonlyMap<string, Pick<TensorView, "shape">>,
  expected: readonly ExpectedTensor[],
): void {
  const problems: string[] = [];
  for (const { key, shape } of expected) {
    const tensor = tensors.get(key);
    if (!tensor) problems.push(`"${key}" ${format(shape)} is missing`);
    else if (!sameShape(tensor.shape, shape)) {
      problems.push(`"${key}" should be ${format(shape)} and is ${format(tensor.shape)}`);
    }
  }
  const known = new Set(expected.map(({ key }) => key));
  for (const [key, { shape }] of tensors) {
    if (!known.has(key)) problems.push(`"${key}" ${format(shape)} is not part of the model`);
  }
  if (problems.length === 0) return;

  const rest = problems.length > listed ? `; and ${problems.length - listed} more` : "";
  throw new WeightsError(
    "WEIGHTS_KEYS",
    `The checkpoint "${name}" does not fit its config, in ${problems.length} of its tensors: ` +
      `${problems.slice(0, listed).join("; ")}${rest}.`,
    otherModel,
  );
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, i) => side === b[i]);
}

function format(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
