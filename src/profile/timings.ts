/** What an executor measures: how long each step of a program takes, and the most that the machine reaches at all. */
import type { Node, Value } from "../graph/graph.js";

/** How steps are timed. */
export interface Clock {
  /**
   * "timestamp-query": the GPU's own clock, before and after a compute pass. "submit": wall time from submitting a pass
   * of its own until the GPU is done with it, which a fixed cost is part of. "wall": wall time of an op on the CPU.
   */
  kind: "timestamp-query" | "submit" | "wall";
  /**
   * Milliseconds that this clock cannot tell apart: the step in which timestamps or wall times advance (browsers
   * coarsen both), or what the submit of an empty pass takes.
   */
  resolution: number;
}

/** One step of a program: a dispatch on the GPU, an op on the CPU. */
export interface StepTimings {
  node: Node;
  /** Which of the node's steps this is, from 0, and how many it has. */
  part: number;
  parts: number;
  /** The shader's name; on the CPU the op's. */
  kernel: string;
  /** The shader's override constants; none on the CPU. */
  variant: Readonly<Record<string, number>>;
  /** Over x, y and z; null on the CPU. */
  workgroups: readonly [number, number, number] | null;
  /** The tensors that it reads and writes, null for none; empty where that is what the node does. */
  tensors: readonly { value: Value | null; access: "read" | "write" }[];
  /** Milliseconds of each run. */
  ms: number[];
}

export interface ProgramTimings {
  clock: Clock;
  /** In the order in which they run. */
  steps: StepTimings[];
  /** Milliseconds of all steps in one pass, as a plain run has them, by the same clock; of each run. */
  onePass: number[];
  /** Wall milliseconds of plain runs, from the inputs in memory to the outputs in memory; of each run. */
  wall: number[];
  /** The outputs of the last run whose steps were timed, as `Program.run` gives them. */
  outputs: Record<string, Float32Array>;
}

/** What the machine reaches at best, measured by kernels that do nothing else. */
export interface Peaks {
  /** f32 operations a second, a multiply-add counted as two; all operands in registers. */
  flopPerSecond: number;
  /** Bytes read and written a second by a copy that no cache holds. */
  bytesPerSecond: number;
}
