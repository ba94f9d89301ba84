/** A checkpoint whose file is still on its way: its header, which comes first, says what is to be built. */
import type { ModelConfig } from "../model/config.js";
import { type Checkpoint, openCheckpoint, readConfig } from "./checkpoint.js";
import type { WeightsSource } from "./load.js";
import { type OpenOptions, openWeights } from "./open.js";

export interface ArrivingCheckpoint {
  readonly config: ModelConfig;
  /** Rejects where the file breaks off or is damaged. */
  readonly whole: Promise<Checkpoint>;
}

/**
 * Opens a checkpoint as soon as its header is there.
 * @throws What `openWeights` and `openCheckpoint` throw, as far as it shows by then; the rest is for `whole`.
 */
export async function openArriving(
  source: WeightsSource,
  options: Omit<OpenOptions, "onBytes">,
): Promise<ArrivingCheckpoint> {
  let whole!: Promise<Checkpoint>;
  const config = await new Promise<ModelConfig>((resolve, reject) => {
    let isKnown = false;
    const onBytes = (bytes: Uint8Array) => {
      const config = isKnown ? undefined : readConfig(bytes);
      if (!config) return;
      isKnown = true;
      resolve(config);
    };
    whole = openWeights(source, openCheckpoint, { ...options, onBytes });
    // A file that the browser had kept is shown only when it is whole.
    whole.then(({ config }) => resolve(config), reject);
  });
  return { config, whole };
}
