import { expect, test } from "vitest";
import { profileOf } from "../../src/profile/profile.js";
import { type Trace, traceOf } from "../../src/profile/trace.js";
import { fineClock, peaks, subject, timings } from "../support/profile.js";

/** Times that no multiple of a nanosecond is. */
const odd = (step: number) => [(step + 1) / 3];
const trace: Trace = JSON.parse(
  JSON.stringify(traceOf(profileOf([timings(fineClock, odd), timings(fineClock, odd)], peaks, subject))),
);

const slices = trace.traceEvents.filter(({ ph }) => ph === "X");
const layers = slices.filter(({ cat }) => cat === "layer");
const steps = slices.filter(({ tid, cat }) => tid === 1 && cat !== "layer");

/** A slice's beginning and end, in the nanoseconds that viewers round to. */
const span = ({ ts, dur }: (typeof slices)[number]) =>
  [ts!, ts! + dur!].map((time) => Math.round(1000 * time));

test("every event is what the trace event format wants", () => {
  expect(Array.isArray(trace.traceEvents)).toBe(true);
  for (const event of trace.traceEvents) {
    expect(event).toMatchObject({ name: expect.any(String), pid: 1, tid: expect.any(Number) });
    expect(["X", "M"]).toContain(event.ph);
  }
  for (const { ts, dur } of slices) {
    expect(ts).toBeGreaterThanOrEqual(0);
    expect(dur).toBeGreaterThan(0);
  }
  const names = trace.traceEvents.filter(({ ph }) => ph === "M").map(({ name }) => name);
  expect(names).toEqual(["process_name", "thread_name", "thread_name"]);
});

test("steps lie end to end in their order, each inside its layer", () => {
  expect(steps.map(({ name }) => name)).toEqual([
    ...["tap.layer1.0", "tap.2", "tap.2", "head.0"],
    ...["tap.layer1.0", "tap.2", "tap.2", "head.0"],
  ]);
  expect(layers.map(({ name }) => name)).toEqual(["tap.2", "head", "tap.2", "head"]);
  let end = 0;
  for (const step of steps) {
    expect(span(step)[0]).toBe(end);
    [, end] = span(step);
  }
  for (const [i, layer] of layers.entries()) {
    const inside = i % 2 === 0 ? steps.slice(2 * i, 2 * i + 3) : steps.slice(2 * i + 1, 2 * i + 2);
    expect(span(layer)).toEqual([span(inside[0])[0], span(inside[inside.length - 1])[1]]);
    // Around what is inside it, so before it.
    expect(slices.indexOf(layer)).toBe(slices.indexOf(inside[0]) - 1);
  }
});

test("the one pass is beside them, and a slice says what its dispatch is", () => {
  const [pass] = slices.filter(({ tid }) => tid === 2);
  expect(pass.dur).toBeCloseTo((2 * 1000 * 5) / 3, 2);
  expect(steps[3].args).toMatchObject({
    kernel: "linear_row",
    op: "linear",
    variant: { TILE: 4 },
    workgroups: [1, 1, 1],
    shape: [10, 50],
    flop: 200500,
  });
});
