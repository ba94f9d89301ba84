/** What runs graphs: one interface for the GPU (`src/runtime`) and the CPU (`src/reference`). */
import { InputError } from "../errors.js";
import type { Peaks, ProgramTimings } from "../profile/timings.js";
import type { Graph, Shape, Value } from "./graph.js";
import { sizeOf } from "./shape.js";

/** A result kept where the executor computed it, to be an input of later runs. */
export interface Resident {
  readonly shape: Shape;
  dispose(): void;
}

/** What a run is given for each graph input, by name. */
export type RunInputs = Record<string, Float32Array | Uint32Array | Resident>;

/** A graph made ready to run on one executor; may be run many times, also concurrently. */
export interface Program {
  /** Runs and reads every output back, by name, as row-major f32. */
  run(inputs: RunInputs): Promise<Record<string, Float32Array>>;
  /** Runs and leaves every output where it was computed, by name. The caller disposes of each. */
  runResident(inputs: RunInputs): Promise<Record<string, Resident>>;
  /**
   * Runs and times every step alone, `runs` times after one that is not counted, and as often all of them as `run` does.
   * Nothing else should run meanwhile.
   */
  profile(inputs: RunInputs, runs: number): Promise<ProgramTimings>;
  dispose(): void;
}

/** Runs the graphs of one checkpoint and holds its parameters. */
export interface Executor {
  readonly kind: "webgpu" | "cpu";
  /** The adapter's name as its driver gives it, or what the CPU executor is. */
  readonly adapter: string;
  /** Compiles and plans a graph; where its checkpoint is still on its way, meanwhile. */
  prepare(graph: Graph): Promise<Program>;
  /** Bytes of device memory (GPU) or of parameters (CPU) that this executor holds now. */
  readonly bytes: number;
  /** Measures what is possible here at best, anew at each call. */
  peaks(): Promise<Peaks>;
  dispose(): void;
}

/** What a model that was given up says to who still uses it. */
export function modelDisposed(): InputError {
  return new InputError("INPUT_DISPOSED", "The model has been disposed of.", "Load the model again.");
}

/** What both executors throw when a run is not given an input, or one of another size. */
export function wrongInput(input: Value): InputError {
  return new InputError(
    "INPUT_TENSOR",
    `The graph's input "${input.name}" wants ${sizeOf(input.shape)} numbers.`,
    "Give a typed array of that length, or a tensor kept by the same executor.",
  );
}
