import { expect, test } from "vitest";
import { LimitError } from "../../src/errors.js";
import { type Graph, GraphBuilder, inputsOf, type Value } from "../../src/graph/graph.js";
import { type MemoryPlan, type Place, planMemory } from "../../src/graph/memory.js";
import { optimize } from "../../src/graph/rewrite.js";
import { sizeOf } from "../../src/graph/shape.js";
import { bpclip, features } from "../../src/model/bpclip.js";
import { picture } from "../../src/model/picture.js";
import { readGolden } from "../support/goldens.js";

const limits = { maxTensorBytes: 128 * 2 ** 20, maxArenaBytes: 256 * 2 ** 20, alignment: 256 };

/** The paper-size NR network on a picture. */
function paperGraph(height: number, width: number): Graph {
  const { config } = readGolden("paper-nr-linear-224x224");
  const g = new GraphBuilder();
  const format = { height, width, depth: 8, orientation: 1 } as const;
  const { score } = bpclip(g, config, features(g, picture(g, format, [], config, "image"), config, "tap"));
  return optimize(g.build([score]));
}

/** Fails where an op would read what another value has overwritten, or write the arena it reads. */
function expectSound(graph: Graph, { places, arenas }: MemoryPlan): void {
  // Who wrote each 256-byte word of each arena last.
  const owner = arenas.map(() => [] as string[]);
  const write = (name: string, { arena, offset, size }: Place) => {
    owner[arena].length = Math.max(owner[arena].length, Math.ceil((offset + size) / 256));
    owner[arena].fill(name, offset / 256, Math.ceil((offset + size) / 256));
  };
  const expectIntact = (name: string, { arena, offset, size }: Place) => {
    const owners = new Set(owner[arena].slice(offset / 256, Math.ceil((offset + size) / 256)));
    expect([...owners]).toEqual([name]);
  };
  const rootName = new Map<string, string>();
  const rootOf = (value: Value) => rootName.get(value.name) ?? value.name;
  for (const input of graph.inputs) write(input.name, places.get(input)!);
  for (const node of graph.nodes) {
    const place = places.get(node.output)!;
    expect(place.offset % 256).toBe(0);
    expect(place.size).toBe(4 * sizeOf(node.output.shape));
    expect(place.offset + place.size).toBeLessThanOrEqual(arenas[place.arena]);
    for (const input of inputsOf(node).filter((value) => !value.parameter)) {
      const read = places.get(input)!;
      expectIntact(rootOf(input), read);
      if (node.op !== "reshape")
        expect(read.arena, `${node.output.name} reads what it writes`).not.toBe(place.arena);
    }
    if (node.op === "reshape") rootName.set(node.output.name, rootOf(node.inputs.x));
    else write(node.output.name, place);
  }
  for (const output of graph.outputs) expectIntact(rootOf(output), places.get(output)!);
}

test.each([
  [224, 224],
  [317, 200],
  [33, 500],
])("no value of the paper's network on %i×%i is overwritten while it is needed", (height, width) => {
  const graph = paperGraph(height, width);
  const plan = planMemory(graph, limits);
  expectSound(graph, plan);
  // Liveness is worth something: far less memory than a buffer for every value.
  const planned = plan.arenas.reduce((sum, bytes) => sum + bytes, 0);
  const naive = graph.nodes.reduce((sum, { output }) => sum + 4 * sizeOf(output.shape), 0);
  expect(planned).toBeLessThan(naive / 4);
});

test("arenas stay under the device's buffer size", () => {
  const graph = paperGraph(512, 768);
  const plan = planMemory(graph, { ...limits, maxArenaBytes: 40 * 2 ** 20 });
  expectSound(graph, plan);
  for (const bytes of plan.arenas) expect(bytes).toBeLessThanOrEqual(40 * 2 ** 20);
});

test("a tensor that cannot be bound is refused by the name of its op", () => {
  expect(() => planMemory(paperGraph(2048, 2048), limits)).toThrow(LimitError);
  expect(() => planMemory(paperGraph(2048, 2048), limits)).toThrow(/"tap\.1".*256\.0 MiB/);
});

test("scratch lies apart from all that its op reads and writes", () => {
  const graph = paperGraph(224, 224);
  const scratch = new Map(
    graph.nodes.map((node) => {
      const { name, shape } = node.output;
      return [node, ["a", "b"].map((part): Value => ({ name: `${name} ${part}`, shape, dtype: "f32" }))];
    }),
  );
  const plan = planMemory(graph, limits, (node) => (node.op === "reshape" ? [] : scratch.get(node)!));
  expectSound(graph, plan);
  for (const node of graph.nodes) {
    if (node.op === "reshape") continue;
    const read = inputsOf(node).filter((value) => !value.parameter);
    const arenas = [...scratch.get(node)!, node.output].map((value) => plan.places.get(value)!.arena);
    expect(new Set(arenas).size).toBe(3);
    for (const value of read) expect(arenas).not.toContain(plan.places.get(value)!.arena);
  }
});
