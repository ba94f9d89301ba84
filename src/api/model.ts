/** The model as a user holds it: scores pictures alone, or against a reference, and tries texts on them. */
import { InputError } from "../errors.js";
import type { Precision } from "../graph/half.js";
import { type Profile, requireRuns } from "../profile/profile.js";
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
import type { Picture } from "./picture.js";
import type { Platform } from "./platform.js";
import type { Description, Explanation, Score } from "./result.js";
import { openReader, requireTexts } from "./texts.js";

/** No-reference: a picture on its own; or full-reference: beside its undistorted original. */
export type Mode = "nr" | "fr";

/** How a picture is compared with a reference. */
export interface CompareOptions {
  /** Resize the reference to the picture's size when they differ, instead of refusing the pair. */
  resizeReference?: boolean;
}

/** Whether a picture is judged on its own or beside a reference. */
export interface BesideOptions extends CompareOptions {
  /** Judge the picture beside this reference (full-reference) instead of on its own. */
  reference?: Reference | ImageInput;
}

/** What is profiled, and how often. */
export interface ProfileOptions extends BesideOptions {
  /** How often everything is timed, after a run that is not counted: 1 to 1000, by default 5. */
  runs?: number;
}

/**
 * Runs a network on a picture, beside its reference's features if there is one.
 * @param unkept The reference, if its features were made for this one judgement.
 */
type Judge<A extends { warnings: string[] }> = (
  network: Network,
  picture: Picture,
  reference?: ReferenceFeatures,
  unkept?: Picture,
) => Promise<A>;

const assess: Judge<Assessment> = (network, picture, reference) => network.assess(picture, reference);
const explain: Judge<ExplainedAssessment> = (network, picture, reference) =>
  network.explain(picture, reference);

/** A reference picture whose features are kept, for any number of comparisons. Made by `model.reference`. */
export class Reference {
  /** @internal */
  constructor(
    /** @internal */
    readonly picture: Picture,
    /** @internal */
    readonly features: ReferenceFeatures,
  ) {}

  /** Upright width in pixels. */
  get width(): number {
    return this.picture.upright.width;
  }

  /** Upright height in pixels. */
  get height(): number {
    return this.picture.upright.height;
  }

  /** What a caller should know of the picture, such as a colour profile that was not applied. */
  get warnings(): string[] {
    return this.picture.warnings;
  }

  /** Gives the kept features back. */
  dispose(): void {
    disposeFeatures(this.features);
    this.picture.dispose();
  }
}

/**
 * A model: its networks, and what runs them. Made by `loadModel`. Calls may overlap. After `dispose`, every call throws InputError (INPUT_DISPOSED).
 */
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

  /** What feature maps and weights are stored in; see `LoadModelOptions.precision`. */
  get precision(): Precision {
    return this.backend.precision;
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
    const reading = this.#read(image);
    try {
      const [network, picture] = await Promise.all([this.#network("fr"), reading]);
      return new Reference(picture, await network.features(picture));
    } catch (error) {
      await discard(reading);
      throw error;
    }
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
    // Both begin at once: what a canvas or a video shows may change while a text tower is read.
    const [assessment, [reader, embedder, features]] = await Promise.all([
      this.#judge(image, options, assess),
      this.#readTexts(mode, texts),
    ]);
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
   * How long each step of `score` takes, or with a reference of `compare`, what it does in that time, and what of this
   * machine's peaks that is. Each step is timed alone, so on a GPU their sum is more than a run takes: the profile has
   * both. A reference that is kept has its features already; any other's are part of the profile. Nothing else should
   * run meanwhile, and a GPU's 128 MiB must be free.
   * @throws InputError (INPUT_RUNS); and as `compare`.
   */
  async profile(image: ImageInput, { runs = 5, ...options }: ProfileOptions = {}): Promise<Profile> {
    requireRuns(runs);
    return this.#judge(image, options, (network, picture, reference, unkept) =>
      network.profile(picture, runs, reference, unkept),
    );
  }

  /**
   * Reads the checkpoint of a mode now instead of at its first use.
   * @param texts Reads the text tower, too, and checks that it belongs to the checkpoint.
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

  async #judge<A extends { warnings: string[] }>(
    image: ImageInput,
    { reference, resizeReference = false }: BesideOptions,
    judge: Judge<A>,
  ): Promise<A> {
    const mode = reference === undefined ? "nr" : "fr";
    const reading = this.#read(image);
    const readingReference =
      reference === undefined || reference instanceof Reference ? undefined : this.#read(reference);
    try {
      const [network, picture, other] = await Promise.all([this.#network(mode), reading, readingReference]);
      const beside = reference instanceof Reference ? reference.picture : other;
      if (!beside) return await judge(network, picture);
      const isSameSize =
        beside.upright.width === picture.upright.width && beside.upright.height === picture.upright.height;
      if (!resizeReference) requireSameSize(beside.upright, picture.upright);
      if (isSameSize && reference instanceof Reference) {
        return await judge(network, picture, reference.features);
      }
      return await judgeOnce(network, beside, picture, judge);
    } finally {
      await Promise.all([reading, readingReference].map(discard));
    }
  }

  /** Begins at once, before anything else is awaited: what a canvas or a video shows changes. */
  async #read(image: ImageInput): Promise<Picture> {
    this.#requireAlive();
    return readImage(image, this.platform, this.backend.uploader);
  }

  async #readTexts(mode: Mode, texts: readonly string[]) {
    const [reader, embedder] = await Promise.all([this.#readers[mode].get(), this.#embedder.get()]);
    return [reader, embedder, await embedder.embed(texts)] as const;
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
async function judgeOnce<A extends { warnings: string[] }>(
  network: Network,
  reference: Picture,
  picture: Picture,
  judge: Judge<A>,
): Promise<A> {
  const features = await network.features(reference, picture.upright);
  try {
    const assessment = await judge(network, picture, features, reference);
    return { ...assessment, warnings: [...reference.warnings, ...assessment.warnings] };
  } finally {
    disposeFeatures(features);
  }
}

/** Gives back a picture that is no longer needed, once it has been read. */
async function discard(reading: Promise<Picture> | undefined): Promise<void> {
  const picture = await reading?.catch(() => undefined);
  picture?.dispose();
}

function withoutVectors<A extends Assessment>({ vectors: _, ...result }: A): Omit<A, "vectors"> {
  return result;
}

function disposeFeatures({ levels }: ReferenceFeatures): void {
  for (const level of Object.values(levels)) level.dispose();
}
