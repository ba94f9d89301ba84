/**
 * Times compute passes: by timestamps, which a pass writes at its beginning and its end, where the device has them, else
 * by the wall time of a submit. WebGPU has no finer timing, so what is to be timed alone needs a pass of its own.
 */
import { quantile } from "../metrics/statistics.js";
import type { Clock } from "../profile/timings.js";
import { BufferUsage } from "./constants.js";
import type { GpuDevice } from "./device.js";

/** A dispatch ready to be encoded. */
export interface Encodable {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  workgroups: readonly [number, number, number];
}

/** Adds commands. */
export type Encode = (encoder: GPUCommandEncoder) => void;

export interface PassTimer {
  /**
   * Runs passes one after the other.
   * @param before Encoded before the first, and `after` after the last; neither is timed.
   * @returns Milliseconds of each pass.
   * @throws DeviceError.
   */
  time(passes: readonly (readonly Encodable[])[], before?: Encode, after?: Encode): Promise<number[]>;
  /** What the passes timed so far tell of the clock. */
  clock(): Promise<Clock>;
  /** Gives its buffers and query sets back. */
  dispose(): void;
}

/** The best timer that the device has. @throws DeviceError. */
export function openPassTimer(device: GpuDevice): Promise<PassTimer> {
  return device.guard("Preparing to time passes", () =>
    device.raw.features.has("timestamp-query") ? new TimestampTimer(device) : new SubmitTimer(device),
  );
}

/** Encodes dispatches, in order, into one pass. */
export function encodePass(
  encoder: GPUCommandEncoder,
  dispatches: readonly Encodable[],
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass({ label: "bpclip", timestampWrites });
  for (const { pipeline, bindGroup, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...workgroups);
  }
  pass.end();
}

/** Passes of a command buffer: WebGPU's query sets hold 4096 timestamps, and a pass writes two of 8 bytes. */
const passesPerSubmit = 2048;

class TimestampTimer implements PassTimer {
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;
  /** The greatest common divisor of all timestamps, in nanoseconds: the step by which they advance. */
  #step = 0n;

  constructor(private readonly device: GpuDevice) {
    const size = 16 * passesPerSubmit;
    this.#queries = device.raw.createQuerySet({
      label: "timestamps",
      type: "timestamp",
      count: 2 * passesPerSubmit,
    });
    this.#resolved = device.createBuffer({
      label: "timestamps",
      size,
      usage: BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC,
    });
    this.#staging = device.createBuffer({
      label: "timestamps",
      size,
      usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
    });
  }

  async time(passes: readonly (readonly Encodable[])[], before?: Encode, after?: Encode): Promise<number[]> {
    const ms: number[] = [];
    for (let first = 0; first < passes.length; first += passesPerSubmit) {
      const some = passes.slice(first, first + passesPerSubmit);
      const isLast = first + some.length === passes.length;
      await this.#submit(some, first === 0 ? before : undefined, isLast ? after : undefined);
      const stamps = new BigUint64Array(await this.device.read(this.#staging), 0, 2 * some.length);
      for (let i = 0; i < stamps.length; i += 2) ms.push(this.#between(stamps[i], stamps[i + 1]));
    }
    return ms;
  }

  async clock(): Promise<Clock> {
    return { kind: "timestamp-query", resolution: Number(this.#step) / 1e6 };
  }

  dispose(): void {
    this.#queries.destroy();
    this.device.destroyBuffer(this.#resolved);
    this.device.destroyBuffer(this.#staging);
  }

  #submit(passes: readonly (readonly Encodable[])[], before?: Encode, after?: Encode): Promise<void> {
    return this.device.guard("Timing a graph", () => {
      const { raw } = this.device;
      const encoder = raw.createCommandEncoder({ label: "bpclip" });
      before?.(encoder);
      for (const [i, dispatches] of passes.entries()) {
        encodePass(encoder, dispatches, {
          querySet: this.#queries,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        });
      }
      encoder.resolveQuerySet(this.#queries, 0, 2 * passes.length, this.#resolved, 0);
      encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, 16 * passes.length);
      after?.(encoder);
      raw.queue.submit([encoder.finish()]);
    });
  }

  /** Milliseconds; none where the clock was set back between the two, which WebGPU allows. */
  #between(begin: bigint, end: bigint): number {
    this.#step = commonDivisor(commonDivisor(this.#step, begin), end);
    return end > begin ? Number(end - begin) / 1e6 : 0;
  }
}

class SubmitTimer implements PassTimer {
  constructor(private readonly device: GpuDevice) {}

  async time(passes: readonly (readonly Encodable[])[], before?: Encode, after?: Encode): Promise<number[]> {
    const { raw } = this.device;
    const [preparation, closing, ...timed] = await this.device.guard("Timing a graph", () =>
      [
        before,
        after,
        ...passes.map((dispatches) => (to: GPUCommandEncoder) => encodePass(to, dispatches)),
      ].map((encode) => {
        const encoder = raw.createCommandEncoder({ label: "bpclip" });
        encode?.(encoder);
        return encoder.finish();
      }),
    );
    await this.#submit(preparation);
    const ms: number[] = [];
    for (const commands of timed) ms.push(await this.#submit(commands));
    await this.#submit(closing);
    return ms;
  }

  async clock(): Promise<Clock> {
    const empty = await this.time([[], [], [], [], []]);
    return { kind: "submit", resolution: quantile(empty, 0.5) };
  }

  dispose(): void {}

  /** @returns Milliseconds until the GPU is done. */
  async #submit(commands: GPUCommandBuffer): Promise<number> {
    const started = performance.now();
    this.device.raw.queue.submit([commands]);
    await this.device.raw.queue.onSubmittedWorkDone();
    const ms = performance.now() - started;
    this.device.assertAlive();
    return ms;
  }
}

function commonDivisor(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b];
  return a;
}
