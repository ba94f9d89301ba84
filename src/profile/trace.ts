/**
 * A profile in the trace event format of Chrome, which Perfetto (ui.perfetto.dev) and chrome://tracing open:
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.
 */
import type { Profile, ProfiledStep } from "./profile.js";

/** A slice ("X", times in microseconds), or the name of a process or thread ("M"). */
export interface TraceEvent {
  name: string;
  ph: "X" | "M";
  pid: number;
  tid: number;
  cat?: string;
  ts?: number;
  dur?: number;
  args: Record<string, unknown>;
}

export interface Trace {
  traceEvents: TraceEvent[];
  displayTimeUnit: "ms";
  otherData: Record<string, unknown>;
}

const pid = 1;
const stepsThread = 1;
const onePassThread = 2;

/**
 * Lays the steps end to end, by their typical times, under the layers that they belong to; and beside them the one pass
 * that runs all of them.
 */
export function traceOf(profile: Profile): Trace {
  const { steps, onePassMs, clock, runs, peaks, adapter, executor, model } = profile;
  const slices: TraceEvent[] = [];
  let end = 0;
  for (const members of consecutive(steps)) {
    const start = end;
    const inside = members.map((step) => {
      const { label, kernel, ms, layer: _, ...args } = step;
      const slice = sliceOf(label, kernel, end, nanoseconds(ms), stepsThread, { kernel, ...args });
      end += nanoseconds(ms);
      return slice;
    });
    // The slice around others comes before them, as viewers want it.
    const around = { steps: members.length };
    slices.push(sliceOf(members[0].layer, "layer", start, end - start, stepsThread, around), ...inside);
  }
  const around = { steps: steps.length };
  const pass = sliceOf("one pass", "pass", 0, nanoseconds(onePassMs), onePassThread, around);
  return {
    traceEvents: [
      nameOf("process_name", 0, `${model} on ${adapter}`),
      nameOf(
        "thread_name",
        stepsThread,
        executor === "cpu" ? "ops" : "dispatches, each in a pass of its own",
      ),
      nameOf("thread_name", onePassThread, executor === "cpu" ? "a plain run" : "all dispatches in one pass"),
      ...slices,
      pass,
    ],
    displayTimeUnit: "ms",
    otherData: { clock: clock.kind, resolutionMs: clock.resolution, runs, ...peaks },
  };
}

/** Runs of neighbouring steps of one layer. */
function consecutive(steps: readonly ProfiledStep[]): ProfiledStep[][] {
  const runs: ProfiledStep[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last?.[0].layer === step.layer) last.push(step);
    else runs.push([step]);
  }
  return runs;
}

/** Whole ones, so that slices meet exactly: a viewer takes those that overlap for nested. */
function nanoseconds(ms: number): number {
  return Math.round(1e6 * ms);
}

/** @param start And `length` in nanoseconds. */
function sliceOf(
  name: string,
  cat: string,
  start: number,
  length: number,
  tid: number,
  args: Record<string, unknown>,
): TraceEvent {
  return { name, cat, ph: "X", ts: start / 1000, dur: length / 1000, pid, tid, args };
}

function nameOf(what: "process_name" | "thread_name", tid: number, name: string): TraceEvent {
  return { name: what, ph: "M", pid, tid, args: { name } };
}
