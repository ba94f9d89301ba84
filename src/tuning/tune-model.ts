/** Tunes a device to a model's networks, and keeps what was found. */
import { fitToModel } from "../image/policy.js";
import type { ModelConfig } from "../model/config.js";
import type { GpuDevice } from "../runtime/device.js";
import { type CountedConvolution, convolutionsOf } from "./convolutions.js";
import { clockOf } from "./race.js";
import { addTuning, keepTuning, type TuningStore } from "./store.js";
import type { TuningTable } from "./table.js";
import { type TunedConvolution, type TunerOptions, tableOf, tune } from "./tune.js";

/** What a model is tuned for, and how. */
export interface TuneOptions extends TunerOptions {
  /**
   * Sizes of pictures, upright, as they come or at the model's scale; by default photographs of 3:2, 4:3 and 1:1 that
   * are shrunk to a shorter side of 512, and 512×384. A picture that lies on its side is as one that stands.
   */
  sizes?: readonly { width: number; height: number }[];
}

/** What the tuner found. */
export interface Tuning {
  /** The name of the adapter. */
  adapter: string;
  /** What times are of: the GPU's own clock ("gpu"), CPU time of all threads ("cpu"), or wall time. */
  clock: "gpu" | "cpu" | "wall";
  /** Each convolution of the networks that can be computed in more than one way. */
  convolutions: TunedConvolution[];
  /** All winners known for this adapter: these, and what was kept of earlier tunings. */
  table: TuningTable;
  /** Where the table is kept for models that are loaded later, or why it is not. */
  kept: { place: string } | { problem: string };
}

const defaultSizes: NonNullable<TuneOptions["sizes"]> = [
  { width: 768, height: 512 },
  { width: 683, height: 512 },
  { width: 512, height: 512 },
  { width: 512, height: 384 },
];

/** @throws InputError (INPUT_ROUNDS, INPUT_TOO_SMALL), DeviceError, LimitError. */
export async function tuneModel(
  configs: readonly ModelConfig[],
  device: GpuDevice,
  { sizes = defaultSizes, ...options }: TuneOptions,
  { tunings, cpuTime }: { tunings?: TuningStore; cpuTime?: () => number },
): Promise<Tuning> {
  const wanted = new Map<string, CountedConvolution>();
  for (const config of configs) {
    for (const size of sizes) {
      const fit = fitToModel(size.width, size.height);
      for (const [shape, { geometry, count }] of convolutionsOf(config, fit, device.capabilities)) {
        wanted.set(shape, { geometry, count: count + (wanted.get(shape)?.count ?? 0) });
      }
    }
  }
  const convolutions = await tune(wanted, device, options, cpuTime);
  const { adapter } = device;
  const table = tableOf(adapter, convolutions);
  addTuning(device, table);
  const found = { adapter, clock: clockOf(device, cpuTime), convolutions };
  if (!tunings) return { ...found, table, kept: { problem: "there is no place for it here" } };
  try {
    const kept = await keepTuning(tunings, table);
    return { ...found, table: kept.table, kept: { place: kept.place } };
  } catch (error) {
    return { ...found, table, kept: { problem: (error as Error).message } };
  }
}
