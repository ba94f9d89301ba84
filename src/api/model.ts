/** The model as a user holds it: scores pictures alone, or against a reference, and tries texts on them. */
import { InputError } from "../errors.js";
import { orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import type { TextEmbedder } from "../text/embedder.js";
import type { TextReader } from "../text/reading.js";
import type { Backend } from "./backend.js";
import { type ImageInput, readImage } from "./image-input.js";
import { Lazy } from "./lazy.js";
import {
  type Assessment,
  type ExplainedAssessment,
  type Network,
  type ReferenceFeatures,
  requireSameSize,
} from "./network.js";
import type { Platform } from "./platform.js";
import type { Description, Explanation, Score } from "./result.js";
import { openReader, requireTexts } from "./texts.js";

export type Mode = "nr" | "fr";

export interface CompareOptions {
  /** Resize the reference to the picture's size when they differ, instead of refusing the pair. */
  resizeReference?: boolean;
}

export interface BesideOptions extends CompareOptions {
  /** Judge the picture beside this reference (full-reference) instead of on its own. */
  reference?: Reference | ImageInput;
}

/** Runs a network on a picture, beside its reference's features if there is one. */
type Judge<A extends Assessment> = (
  network: Network,
  pixels: Pixels,
  reference?: ReferenceFeatures,
) => Promise<A>;

const assess: Judge<Assessment> = (network, pixels, reference) => network.assess(pixels, reference);
const explain: Judge<ExplainedAssessment> = (network, pixels, reference) =>
  network.explain(pixels, reference);

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
    return withoutVectors(await this.#judge(image, {}, assess));
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
    return withoutVectors(await this.#judge(image, { ...options, reference }, assess));
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
    options: BesideOptions = {},
  ): Promise<Description> {
    requireTexts(texts);
    this.#requireAlive();
    const mode = options.reference === undefined ? "nr" : "fr";
    const [reader, embedder] = await Promise.all([this.#readers[mode].get(), this.#embedder.get()]);
    const features = await embedder.embed(texts);
    const assessment = await this.#judge(image, options, assess);
    return {
      ...withoutVectors(assessment),
      texts: texts.map((text, i) => reader.read(text, features[i], assessment)),
      warnings: [...assessment.warnings, ...embedder.warningsOf(texts)],
    };
  }

  /**
   * What `score` says of a picture, or with a reference `compare`, and why: what the branches of the network find
   * where, where quality is lost, each dimension read place by place, and the adjectives of each level. The maps are of
   * a grid of cells of 32 pixels of the picture at the model's scale; `paintMap` brings them to the picture.
   * @throws As `compare`.
   */
  async explain(image: ImageInput, options: BesideOptions = {}): Promise<Explanation> {
    return withoutVectors(await this.#judge(image, options, explain));
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

  async #judge<A extends Assessment>(
    image: ImageInput,
    { reference, resizeReference = false }: BesideOptions,
    judge: Judge<A>,
  ): Promise<A> {
    const mode = reference === undefined ? "nr" : "fr";
    const [network, pixels] = await Promise.all([this.#network(mode), readImage(image, this.platform)]);
    if (reference === undefined) return judge(network, pixels);
    const size = orientedSize(pixels.width, pixels.height, pixels.orientation);
    if (reference instanceof Reference) {
      const isSameSize = reference.width === size.width && reference.height === size.height;
      if (isSameSize) return judge(network, pixels, reference.features);
      if (!resizeReference) requireSameSize(reference, size);
      return judgeOnce(network, reference.pixels, pixels, size, judge);
    }
    const referencePixels = await readImage(reference, this.platform);
    const { width, height, orientation } = referencePixels;
    if (!resizeReference) requireSameSize(orientedSize(width, height, orientation), size);
    return judgeOnce(network, referencePixels, pixels, size, judge);
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

/** Beside a reference whose features are kept for this one judgement, at the picture's size. */
async function judgeOnce<A extends Assessment>(
  network: Network,
  reference: Pixels,
  pixels: Pixels,
  size: { width: number; height: number },
  judge: Judge<A>,
): Promise<A> {
  const features = await network.features(reference, size);
  try {
    const assessment = await judge(network, pixels, features);
    return { ...assessment, warnings: [...reference.warnings, ...assessment.warnings] };
  } finally {
    disposeFeatures(features);
  }
}

function withoutVectors<A extends Assessment>({ vectors: _, ...result }: A): Omit<A, "vectors"> {
  return result;
}

function disposeFeatures({ levels }: ReferenceFeatures): void {
  for (const level of Object.values(levels)) level.dispose();
}
