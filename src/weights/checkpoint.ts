/** A BPCLIP checkpoint: a safetensors file whose metadata hold the config of its network under the key `bpclip`. */
import { WeightsError } from "../errors.js";
import { type ModelConfig, parseConfig } from "../model/config.js";
import { modelTensors } from "../model/tensors.js";
import { NamedTensors, requireTensors } from "./named-tensors.js";
import {
  holdsHeader,
  readHeader,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsHeader,
  type TensorView,
} from "./safetensors.js";

export class Checkpoint extends NamedTensors {
  constructor(
    readonly config: ModelConfig,
    /** SHA-256 of the file, in lower-case hex: which weights gave a score. */
    readonly sha256: string,
    /** Size of the file. */
    readonly byteLength: number,
    tensors: ReadonlyMap<string, TensorView>,
  ) {
    super(config.name, tensors);
  }
}

/**
 * Opens a checkpoint over its bytes, which are kept and must not change.
 * @throws WeightsError WEIGHTS_NOT_BPCLIP (no config in its metadata), WEIGHTS_CONFIG, WEIGHTS_KEYS (its tensors are not
 * those of its config), WEIGHTS_INSECURE (a page that may not hash), and all of `readSafetensors`.
 */
export async function openCheckpoint(bytes: ArrayBuffer | Uint8Array): Promise<Checkpoint> {
  if (!globalThis.crypto?.subtle) {
    throw new WeightsError(
      "WEIGHTS_INSECURE",
      "The weights cannot be hashed: a browser gives crypto.subtle to secure pages only.",
      "Serve the page over https, or from localhost; WebGPU asks for the same.",
    );
  }
  // Hashed on a thread of the runtime's, while the header is read here.
  const hashing = crypto.subtle.digest("SHA-256", bytes as BufferSource);
  const file = readSafetensors(bytes);
  const config = configOf(file);
  const digest = new Uint8Array(await hashing);
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new Checkpoint(config, sha256, bytes.byteLength, file.tensors);
}

/**
 * The config of a checkpoint of which the first bytes are there; undefined while its header is not whole.
 * @throws WeightsError as `openCheckpoint`, but for what only the rest of the file can show.
 */
export function readConfig(bytes: Uint8Array): ModelConfig | undefined {
  return holdsHeader(bytes) ? configOf(readHeader(bytes)) : undefined;
}

function configOf({ metadata, tensors }: SafetensorsFile | SafetensorsHeader): ModelConfig {
  if (!Object.hasOwn(metadata, "bpclip")) {
    throw new WeightsError(
      "WEIGHTS_NOT_BPCLIP",
      'The weights are safetensors, but no BPCLIP checkpoint: their metadata have no key "bpclip".',
      "Load a checkpoint of this package, or one exported by its training tools.",
    );
  }
  const config = parseConfig(metadata.bpclip);
  requireTensors(config.name, tensors, modelTensors(config));
  return config;
}
