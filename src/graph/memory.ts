/**
 * The offline memory plan: each value of a graph gets a place in one of a few arenas, shared by values that are
 * never alive together. WebGPU forbids a dispatch to write one part of a buffer while reading another part of it as
 * read-only, so a value never shares an arena with what its op reads; nor does scratch with its op's other values.
 */
import { LimitError } from "../errors.js";
import type { Graph, Node, Value } from "./graph.js";
import { inputsOf } from "./graph.js";
import { byteSizeOf } from "./shape.js";

export interface Place {
  arena: number;
  /** Bytes from the arena's start; a multiple of `alignment`. */
  offset: number;
  /** Bytes of the value itself. */
  size: number;
}

export interface MemoryPlan {
  /** Where each input, each op's result and its scratch lies; a reshape lies where its input lies. */
  places: Map<Value, Place>;
  /** Bytes of each arena. */
  arenas: number[];
}

export interface MemoryLimits {
  /** The largest single tensor, in bytes (WebGPU's maxStorageBufferBindingSize). */
  maxTensorBytes: number;
  /** The largest arena, in bytes (WebGPU's maxBufferSize). */
  maxArenaBytes: number;
  /** WebGPU's minStorageBufferOffsetAlignment. */
  alignment: number;
}

/** A placed value with the steps between which it is alive. */
interface Tenant extends Place {
  lastUse: number;
}

/**
 * Plans a graph's memory: greedy in order of definition, into the arena that grows least.
 * @param scratchOf The tensors that an op needs while it is computed.
 * @throws LimitError (BINDING_TOO_LARGE) naming the op whose result exceeds what the device can bind.
 */
export function planMemory(
  graph: Graph,
  limits: MemoryLimits,
  scratchOf: (node: Node) => readonly Value[] = () => [],
): MemoryPlan {
  const roots = resolveViews(graph);
  const rootOf = (value: Value) => roots.get(value) ?? value;
  const lastUse = lastUses(graph, rootOf);
  const arenas: { bytes: number; tenants: Tenant[] }[] = [];
  const placed = new Map<Value, Tenant>();

  const place = (value: Value, step: number, avoid: Value[]) => {
    const size = byteSizeOf(value);
    if (size > limits.maxTensorBytes) throw tooLarge(value, size, limits.maxTensorBytes);
    const forbidden = new Set(avoid.map((other) => placed.get(rootOf(other))?.arena));
    const length = roundUp(size, limits.alignment);
    let best: { arena: number; offset: number; growth: number } | undefined;
    for (const [arena, { bytes, tenants }] of arenas.entries()) {
      if (forbidden.has(arena)) continue;
      const alive = tenants.filter((tenant) => tenant.lastUse >= step);
      const offset = firstGap(alive, length, limits.alignment);
      const growth = Math.max(0, offset + length - bytes);
      if (offset + length > limits.maxArenaBytes) continue;
      if (!best || growth < best.growth) best = { arena, offset, growth };
    }
    // A new arena costs as much as growing an old one by the whole value; the old one is the simpler.
    best ??= { arena: arenas.push({ bytes: 0, tenants: [] }) - 1, offset: 0, growth: length };
    const tenant: Tenant = {
      arena: best.arena,
      offset: best.offset,
      size,
      lastUse: lastUse.get(value) ?? step,
    };
    arenas[best.arena].bytes = Math.max(arenas[best.arena].bytes, best.offset + length);
    arenas[best.arena].tenants.push(tenant);
    placed.set(value, tenant);
  };

  for (const input of graph.inputs) place(input, -1, []);
  for (const [step, node] of graph.nodes.entries()) {
    if (node.op === "reshape") continue;
    const own = inputsOf(node);
    for (const value of [...scratchOf(node), node.output]) {
      place(value, step, own);
      own.push(value);
    }
  }

  const places = new Map<Value, Place>();
  for (const value of [...placed.keys(), ...roots.keys()]) {
    const { arena, offset, size } = placed.get(rootOf(value)) as Tenant;
    places.set(value, { arena, offset, size });
  }
  return { places, arenas: arenas.map(({ bytes }) => bytes) };
}

/** Each reshape's result mapped to the value whose memory it shows. */
function resolveViews(graph: Graph): Map<Value, Value> {
  const roots = new Map<Value, Value>();
  for (const node of graph.nodes) {
    if (node.op === "reshape") roots.set(node.output, roots.get(node.inputs.x) ?? node.inputs.x);
  }
  return roots;
}

/** The last step that reads each root value; outputs live past the end. */
function lastUses(graph: Graph, rootOf: (value: Value) => Value): Map<Value, number> {
  const last = new Map<Value, number>();
  graph.nodes.forEach((node: Node, step) => {
    for (const input of inputsOf(node)) last.set(rootOf(input), step);
  });
  for (const output of graph.outputs) last.set(rootOf(output), graph.nodes.length);
  return last;
}

/** The lowest aligned offset at which `length` bytes fit between the tenants alive. */
function firstGap(alive: Tenant[], length: number, alignment: number): number {
  let offset = 0;
  for (const tenant of alive.toSorted((a, b) => a.offset - b.offset)) {
    if (offset + length <= tenant.offset) break;
    offset = Math.max(offset, roundUp(tenant.offset + tenant.size, alignment));
  }
  return offset;
}

function roundUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function tooLarge(value: Value, size: number, limit: number): LimitError {
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return new LimitError(
    "BINDING_TOO_LARGE",
    `"${value.name}" [${value.shape.join("×")}] takes ${mebibytes(size)}; this device binds ${mebibytes(limit)} at most.`,
    "Score a smaller picture, or let the default policy bring it to the model's scale.",
  );
}
