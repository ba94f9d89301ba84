/**
 * One cold start, of which cold-start.ts makes a table: scores a picture in a process of its own and writes what
 * happened when, as JSON. Plain JavaScript on a built package, so that nothing is compiled here but what users compile.
 *
 *     node cold-start-process.mjs DIST nr|fr WIDTHxHEIGHT RUNS
 */
import { pathToFileURL } from "node:url";

const [dist, mode, size, runs] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);

/** What is watched: from its first beginning to its last end; `busy` is how long calls kept the main thread. */
const spans = {};

const { loadModel } = await load("node/index.js");
mark("import", 0);
await watch();

const picture = { width, height, data: Uint8Array.from({ length: 4 * width * height }, noise) };
const other = { ...picture, data: picture.data.map((value) => value ^ 16) };
const judge = () => (mode === "nr" ? model.score(picture) : model.compare(picture, other));

let begun = performance.now();
const model = await loadModel();
mark("device", begun);
begun = performance.now();
await model.load(mode);
mark("checkpoint", begun);
begun = performance.now();
const { adapter } = await judge();
mark("score", begun);
const cold = { ms: performance.now(), cpu: cpuTime() };
const first = structuredClone(spans);

const steady = [];
for (let run = 0; run < Number(runs); run++) {
  const [started, cpu] = [performance.now(), cpuTime()];
  await judge();
  steady.push({ ms: performance.now() - started, cpu: cpuTime() - cpu });
}
process.stdout.write(JSON.stringify({ adapter, spans: first, cold, steady }));
// Dawn's threads outlive a destroyed device.
process.exit(0);

/** Times what a score is made of. */
async function watch() {
  const { GpuProgram } = await load("runtime/program.js");
  const { PipelineCache } = await load("runtime/pipelines.js");
  const { ParameterStore } = await load("runtime/parameters.js");
  wrap(GpuProgram, "create", "prepare");
  wrap(PipelineCache.prototype, "get", "compile");
  wrap(ParameterStore.prototype, "get", "pack");
  wrap(GpuProgram.prototype, "run", "run");
  wrap(GpuProgram.prototype, "runResident", "run");
}

function wrap(owner, method, name) {
  const original = owner[method];
  owner[method] = function (...args) {
    const started = performance.now();
    const result = original.apply(this, args);
    const span = mark(name, started);
    span.busy = (span.busy ?? 0) + performance.now() - started;
    if (result instanceof Promise) result.then(() => mark(name, started));
    return result;
  };
}

function mark(name, started) {
  spans[name] ??= { begin: started };
  spans[name].end = performance.now();
  return spans[name];
}

/** In ms, of all threads since the process began, and with them of adapters that run on the CPU. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function noise(_, i) {
  return Math.imul(i, 2654435761) >>> 24;
}
