/** The model as a user holds it: scores pictures alone, or against a reference. */
import { InputError } from "../errors.js";
import { orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import type { Backend } from "./backend.js";
import { type ImageInput, readImage } from "./image-input.js";
import { type Network, type ReferenceFeatures, requireSameSize } from "./network.js";
import type { Platform } from "./platform.js";
import type { Score } from "./result.js";

export type Mode = "nr" | "fr";

export interface CompareOptions {
  /** Resize the reference to the picture's size when they differ, instead of refusing the pair. */
  resizeReference?: boolean;
}

/** A reference picture whose features are kept, for any number of comparisons. Made by `model.reference`. */
export class Reference {
  /** @internal */
  constructor(
    /** Upright size in pixels. */
    readonly width: number,
    readonly height: number,
    /** @internal */
    readonly pixels: Pixels,
    /** @internal */
    readonly features: ReferenceFeatures,
  ) {}

  /** What a caller should know of the picture, such as a colour profile that was not applied. */
  get warnings(): string[] {
    return this.pixels.warnings;
  }

  /** Gives the kept features back. */
  dispose(): void {
    disposeFeatures(this.features);
  }
}

export class Model {
  readonly #networks = new Map<Mode, Promise<Network>>();
  #disposed = false;

  /** @internal Use `loadModel`. */
  constructor(
    private readonly backend: Backend,
    private readonly platform: Platform,
    private readonly open: (mode: Mode) => Promise<Network>,
  ) {}

  /** What runs the networks: a WebGPU adapter or the CPU reference executor. */
  get executor(): "webgpu" | "cpu" {
    return this.backend.kind;
  }

  /** The adapter's name. */
  get adapter(): string {
    return this.backend.adapter;
  }

  /** Bytes of GPU buffers that this model holds; 0 on the CPU. */
  get bytes(): number {
    return this.backend.bytes;
  }

  /**
   * The quality of a picture on its own (no-reference).
   * @throws ImageError, InputError, WeightsError, LimitError, DeviceError.
   */
  async score(image: ImageInput): Promise<Score> {
    const [network, pixels] = await Promise.all([this.#network("nr"), readImage(image, this.platform)]);
    return network.score(pixels);
  }

  /**
   * Computes and keeps a reference's features; dispose of it when no comparison needs it any more.
   * @throws As `score`.
   */
  async reference(image: ImageInput): Promise<Reference> {
    const [network, pixels] = await Promise.all([this.#network("fr"), readImage(image, this.platform)]);
    const { width, height } = orientedSize(pixels.width, pixels.height, pixels.orientation);
    return new Reference(width, height, pixels, await network.features(pixels));
  }

  /**
   * The quality of a picture against its reference (full-reference).
   * @throws InputError (INPUT_SIZES) when their sizes differ and `resizeReference` is not set; and as `score`.
   */
  async compare(
    reference: Reference | ImageInput,
    image: ImageInput,
    { resizeReference = false }: CompareOptions = {},
  ): Promise<Score> {
    const [network, pixels] = await Promise.all([this.#network("fr"), readImage(image, this.platform)]);
    const size = orientedSize(pixels.width, pixels.height, pixels.orientation);
    if (!(reference instanceof Reference)) {
      const referencePixels = await readImage(reference, this.platform);
      const { width, height, orientation } = referencePixels;
      if (!resizeReference) requireSameSize(orientedSize(width, height, orientation), size);
      return this.#compareOnce(network, referencePixels, pixels, size);
    }
    if (reference.width === size.width && reference.height === size.height) {
      return network.compare(reference.features, pixels);
    }
    if (!resizeReference) requireSameSize(reference, size);
    return this.#compareOnce(network, reference.pixels, pixels, size);
  }

  /** Reads the checkpoint of a mode now instead of at its first use. */
  async load(mode: Mode): Promise<void> {
    await this.#network(mode);
  }

  /** Gives back everything: buffers, pipelines and, unless it is the caller's, the device. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const networks = [...this.#networks.values()];
    this.#networks.clear();
    const disposed = networks.map((network) =>
      network.then(
        (opened) => opened.dispose(),
        () => {},
      ),
    );
    Promise.all(disposed).then(() => this.backend.dispose());
  }

  async #compareOnce(
    network: Network,
    reference: Pixels,
    pixels: Pixels,
    size: { width: number; height: number },
  ): Promise<Score> {
    const features = await network.features(reference, size);
    try {
      const result = await network.compare(features, pixels);
      return { ...result, warnings: [...reference.warnings, ...result.warnings] };
    } finally {
      disposeFeatures(features);
    }
  }

  #network(mode: Mode): Promise<Network> {
    if (this.#disposed) {
      throw new InputError("INPUT_DISPOSED", "The model has been disposed of.", "Load the model again.");
    }
    let network = this.#networks.get(mode);
    if (!network) {
      network = this.open(mode);
      this.#networks.set(mode, network);
      // A checkpoint that could not be read is read anew at the next use.
      network.catch(() => this.#networks.delete(mode));
    }
    return network;
  }
}

function disposeFeatures({ levels }: ReferenceFeatures): void {
  for (const level of Object.values(levels)) level.dispose();
}
