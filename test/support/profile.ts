/** A profile of numbers that are easy to reckon with. */
import { GraphBuilder, type Node } from "../../src/graph/graph.js";
import type { ProfileSubject } from "../../src/profile/profile.js";
import type { Clock, Peaks, ProgramTimings, StepTimings } from "../../src/profile/timings.js";

export const subject: ProfileSubject = {
  score: 0.5,
  width: 64,
  height: 48,
  mode: "nr",
  model: "tiny-nr",
  checkpoint: "0123456789ab",
  policy: "own size",
  executor: "webgpu",
  adapter: "Acme <9000>",
  warnings: [],
};

/** A ridge at 10 FLOP a byte. */
export const peaks: Peaks = { flopPerSecond: 1e12, bytesPerSecond: 1e11 };

export const fineClock: Clock = { kind: "timestamp-query", resolution: 1e-6 };

/** Three ops of 1000 numbers: a sum, its copy beside itself in two steps, and a product. */
export function timings(clock: Clock, ms: (step: number) => number[]): ProgramTimings {
  const g = new GraphBuilder();
  const a = g.input("a", [10, 100]);
  const sum = g.add("add", "tap.layer1.0", { a, b: a }, {});
  const pair = g.add("concat", "tap.2", { parts: [sum, sum] }, {});
  const weight = g.parameter("w", [50, 200]);
  const product = g.add("linear", "head.0", { x: pair, weight }, { activation: "relu" });
  const { nodes } = g.build([product]);
  const step = (node: Node, part: number, parts: number, kernel: string, index: number): StepTimings => ({
    node,
    part,
    parts,
    kernel,
    variant: kernel === "linear_row" ? { TILE: 4 } : {},
    workgroups: [1, 1, 1] as const,
    tensors: [],
    ms: ms(index),
  });
  return {
    clock,
    steps: [
      step(nodes[0], 0, 1, "add", 0),
      step(nodes[1], 0, 2, "copy_channels", 1),
      step(nodes[1], 1, 2, "copy_channels", 2),
      step(nodes[2], 0, 1, "linear_row", 3),
    ],
    onePass: ms(4),
    wall: ms(5),
    outputs: {},
  };
}
