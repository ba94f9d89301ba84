/** The model as a user holds it: scores pictures alone, or against a reference, and tries texts on them. */
import { InputError } from "../errors.js";
import { orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import type { TextEmbedder } from "../text/embedder.js";
import type { TextReader } from "../text/reading.js";
import type { Backend } from "./backend.js";
import { type ImageInput, readImage } from "./image-input.js";
import { Lazy } from "./lazy.js";
import { type Assessment, type Network, type ReferenceFeatures, requireSameSize } from "./network.js";
import type { Platform } from "./platform.js";
import type { Description, Score } from "./result.js";
import { openReader, requireTexts } from "./texts.js";

export type Mode = "nr" | "fr";

export interface CompareOptions {
  /** Resize the reference to the picture's size when they differ, instead of refusing the pair. */
  resizeReference?: boolean;
}

export interface DescribeOptions extends CompareOptions {
  /** Describe the picture beside this reference (full-reference) instead of on its own. */
  reference?: Reference | ImageInput;
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
  readonly #networks: Record<Mode, Lazy<Network>>;
  readonly #embedder: Lazy<TextEmbedder>;
  readonly #readers: Record<Mode, Lazy<TextReader>>;
  #disposed = false;

  /** @internal Use `loadModel`. */
  constructor(
    private readonly backend: Backend,
    private readonly platform: Platform,
    open: (mode: Mode) => Promise<Network>,
    openText: () => Promise<TextEmbedder>,
  ) {
    this.#networks = { nr: new Lazy(() => open("nr")), fr: new Lazy(() => open("fr")) };
    this.#embedder = new Lazy(openText);
    const reader = (mode: Mode) =>
      new Lazy(async () =>
        openReader(...(await Promise.all([this.#networks[mode].get(), this.#embedder.get()]))),
      );
    this.#readers = { nr: reader("nr"), fr: reader("fr") };
  }

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
    return scoreOf(await this.#assess(image));
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
    options: CompareOptions = {},
  ): Promise<Score> {
    return scoreOf(await this.#assessAgainst(reference, image, options));
  }

  /**
   * What `score` says of a picture, or with a reference `compare`, and beside it how well texts of your own fit it. The
   * network runs once, and features of recent texts are kept. A text counts for what the text tower takes it for, which
   * `nearest` shows: the shipped tower knows the 40 adjectives and some 600 phrases like them, and guesses at all else.
   * @param texts Words or short phrases, 1 to 256.
   * @throws InputError (INPUT_TEXTS for texts that are none, blank or too long or many; INPUT_TEXT_TOWER for a model
   * without one), WeightsError (WEIGHTS_TEXT_MISMATCH for the tower of another checkpoint); and as `compare`.
   */
  async describe(
    image: ImageInput,
    texts: readonly string[],
    { reference, ...options }: DescribeOptions = {},
  ): Promise<Description> {
    requireTexts(texts);
    this.#requireAlive();
    const mode = reference === undefined ? "nr" : "fr";
    const [reader, embedder] = await Promise.all([this.#readers[mode].get(), this.#embedder.get()]);
    const features = await embedder.embed(texts);
    const assessment =
      reference === undefined
        ? await this.#assess(image)
        : await this.#assessAgainst(reference, image, options);
    return {
      ...scoreOf(assessment),
      texts: texts.map((text, i) => reader.read(text, features[i], assessment)),
      warnings: [...assessment.warnings, ...embedder.warningsOf(texts)],
    };
  }

  /**
   * Reads the checkpoint of a mode now instead of at its first use.
   * @param options.texts Reads the text tower, too, and checks that it belongs to the checkpoint.
   */
  async load(mode: Mode, { texts = false }: { texts?: boolean } = {}): Promise<void> {
    this.#requireAlive();
    await (texts ? this.#readers : this.#networks)[mode].get();
  }

  /** Gives back everything: buffers, pipelines and, unless it is the caller's, the device. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const opened = [...Object.values(this.#networks), this.#embedder];
    Promise.all(opened.map((lazy) => lazy.dispose())).then(() => this.backend.dispose());
  }

  async #assess(image: ImageInput): Promise<Assessment> {
    const [network, pixels] = await Promise.all([this.#network("nr"), readImage(image, this.platform)]);
    return network.score(pixels);
  }

  async #assessAgainst(
    reference: Reference | ImageInput,
    image: ImageInput,
    { resizeReference = false }: CompareOptions,
  ): Promise<Assessment> {
    const [network, pixels] = await Promise.all([this.#network("fr"), readImage(image, this.platform)]);
    const size = orientedSize(pixels.width, pixels.height, pixels.orientation);
    if (!(reference instanceof Reference)) {
      const referencePixels = await readImage(reference, this.platform);
      const { width, height, orientation } = referencePixels;
      if (!resizeReference) requireSameSize(orientedSize(width, height, orientation), size);
      return this.#assessOnce(network, referencePixels, pixels, size);
    }
    if (reference.width === size.width && reference.height === size.height) {
      return network.compare(reference.features, pixels);
    }
    if (!resizeReference) requireSameSize(reference, size);
    return this.#assessOnce(network, reference.pixels, pixels, size);
  }

  async #assessOnce(
    network: Network,
    reference: Pixels,
    pixels: Pixels,
    size: { width: number; height: number },
  ): Promise<Assessment> {
    const features = await network.features(reference, size);
    try {
      const assessment = await network.compare(features, pixels);
      return { ...assessment, warnings: [...reference.warnings, ...assessment.warnings] };
    } finally {
      disposeFeatures(features);
    }
  }

  #network(mode: Mode): Promise<Network> {
    this.#requireAlive();
    return this.#networks[mode].get();
  }

  #requireAlive(): void {
    if (!this.#disposed) return;
    throw new InputError("INPUT_DISPOSED", "The model has been disposed of.", "Load the model again.");
  }
}

function scoreOf({ vectors: _, ...score }: Assessment): Score {
  return score;
}

function disposeFeatures({ levels }: ReferenceFeatures): void {
  for (const level of Object.values(levels)) level.dispose();
}
