/** The model as a user holds it: scores pictures alone, or against a reference, and tries texts on them. */
import { AdapterError, InputError } from "../errors.js";
import { modelDisposed } from "../graph/executor.js";
import type { Precision } from "../graph/half.js";
import { requireSize } from "../image/pixels.js";
import { fitToModel } from "../image/policy.js";
import { type Tiling, tilePicture } from "../image/tiles.js";
import { type Profile, requireRuns } from "../profile/profile.js";
import type { TextEmbedder } from "../text/embedder.js";
import type { TextReader } from "../text/reading.js";
import type { TuneOptions, Tuning } from "../tuning/tune-model.js";
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

/** At which scale a picture is judged. */
export interface NativeOptions {
  /**
   * Judge the picture at its own scale, however large: in overlapping tiles of 544×544 pixels at most, joined as the
   * network joins the places of one picture. A picture of one tile is judged as without this.
   */
  native?: boolean;
  /** Called after each of several tiles, with how many are done and how many there are. */
  onProgress?: (done: number, total: number) => void;
  /** Ends it before it begins, or before its next tile; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** How a picture is compared with a reference. */
export interface CompareOptions extends NativeOptions {
  /** Resize the reference to the picture's size when they differ, instead of refusing the pair. */
  resizeReference?: boolean;
}

/** Whether a picture is judged on its own or beside a reference. */
export interface BesideOptions extends CompareOptions {
  /** Judge the picture beside this reference (full-reference) instead of on its own. */
  reference?: Reference | ImageInput;
}

/** What a model is made ready for. */
export interface WarmupOptions {
  /** Upright width of the pictures to come, in pixels. */
  width: number;
  /** Upright height, in pixels. */
  height: number;
  /** What they will be given to: "nr", the default, is `score`, and "fr" is `reference` and `compare`. */
  mode?: Mode;
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

/** Runs a network on the tiles of a picture, beside those of its reference if there is one. */
type JudgeTiles<A> = (
  network: Network,
  picture: Picture,
  tiling: Tiling,
  reference: Picture | undefined,
  options: NativeOptions,
) => Promise<A>;

const assess: Judge<Assessment> = (network, picture, reference) => network.assess(picture, reference);
const assessTiles: JudgeTiles<Assessment> = (network, ...rest) => network.assessTiles(...rest);
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
    const network = (mode: Mode) => {
      const lazy: Lazy<Network> = new Lazy(async () => {
        const opened = await open(mode);
        // It was opened on its header; the rest of the file may not come.
        opened.checkpoint.catch(() => lazy.forget());
        return opened;
      });
      return lazy;
    };
    this.#networks = { nr: network("nr"), fr: network("fr") };
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
   * @throws The reason of the option `signal`; ImageError, InputError, WeightsError, LimitError, DeviceError.
   */
  async score(image: ImageInput, options: NativeOptions = {}): Promise<Score> {
    return withoutVectors(await this.#judge(image, options, assess, assessTiles));
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
    return withoutVectors(await this.#judge(image, { ...options, reference }, assess, assessTiles));
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
      this.#judge(image, options, assess, assessTiles),
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
   * @throws InputError (INPUT_NATIVE for the option `native`: maps are of a picture that is judged whole); and as
   * `compare`.
   */
  async explain(image: ImageInput, options: BesideOptions = {}): Promise<Explanation> {
    return withoutVectors(await this.#judge(image, options, explain));
  }

  /**
   * How long each step of `score` takes, or with a reference of `compare`, what it does in that time, and what of this
   * machine's peaks that is. Each step is timed alone, so on a GPU their sum is more than a run takes: the profile has
   * both. A reference that is kept has its features already; any other's are part of the profile. Nothing else should
   * run meanwhile, and a GPU's 128 MiB must be free.
   * @throws InputError (INPUT_RUNS; INPUT_NATIVE as `explain`); and as `compare`.
   */
  async profile(image: ImageInput, { runs = 5, ...options }: ProfileOptions = {}): Promise<Profile> {
    requireRuns(runs);
    return this.#judge(image, options, (network, picture, reference, unkept) =>
      network.profile(picture, runs, reference, unkept),
    );
  }

  /**
   * Measures which way of computing each convolution is the fastest on this adapter, and keeps what it finds: in Node in
   * a file of the user's caches, in a browser in an IndexedDB. Models that are loaded later find it there, and this
   * one goes by it from then on. It takes a minute or more, and nothing else should run meanwhile.
   * Results stay the same but for rounding.
   * @throws AdapterError (NO_ADAPTER) where the CPU runs the model; InputError (INPUT_ROUNDS, INPUT_TOO_SMALL); and as
   * `score`.
   */
  async tune(options: TuneOptions = {}): Promise<Tuning> {
    this.#requireAlive();
    const { device } = this.backend;
    if (!device) {
      throw new AdapterError(
        "NO_ADAPTER",
        "Only WebGPU adapters are tuned, and the CPU runs this model.",
        "Load the model on an adapter; `bpclip doctor` shows what there is.",
      );
    }
    const networks = await Promise.all(
      (["nr", "fr"] as const).map((mode) =>
        this.#wholeNetwork(mode).catch((error) => {
          if (error instanceof InputError && error.code === "INPUT_MODE") return [];
          throw error;
        }),
      ),
    );
    const configs = networks.flat().map(({ config }) => config);
    // Few pages tune, and a bundler can leave it to them.
    const { tuneModel } = await import("../tuning/tune-model.js");
    const tuning = await tuneModel(configs, device, options, this.platform);
    for (const network of networks.flat()) network.forgetPrograms();
    return tuning;
  }

  /**
   * Reads the checkpoint of a mode now instead of at its first use.
   * @param texts Reads the text tower, too, and checks that it belongs to the checkpoint.
   */
  async load(mode: Mode, { texts = false }: { texts?: boolean } = {}): Promise<void> {
    this.#requireAlive();
    await Promise.all([this.#wholeNetwork(mode), texts && this.#readers[mode].get()]);
  }

  /**
   * Makes everything ready for pictures of a size, so that the first of them takes no longer than the next one: reads
   * the checkpoint, compiles while it is on its way, packs and uploads the weights, and judges a blank picture. On the
   * CPU, which prepares nothing, it only reads the checkpoint. Pictures of 16 bits, or that EXIF turns, still need a few
   * steps of their own.
   * @throws InputError (INPUT_SIZE, INPUT_TOO_SMALL; INPUT_MODE where the mode has no checkpoint); and as `score`.
   */
  async warmup({ width, height, mode = "nr" }: WarmupOptions): Promise<void> {
    this.#requireAlive();
    requireSize(width, height);
    fitToModel(width, height);
    if (this.executor === "cpu") return this.load(mode);
    const blank = { width, height, data: new Uint8Array(4 * width * height) };
    const network = await this.#network(mode);
    // Beside a reference two graphs are run; both are compiled while the checkpoint is on its way.
    await network.prepare(await this.#read(blank));
    await (mode === "nr" ? this.score(blank) : this.compare(blank, blank));
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
    options: BesideOptions,
    judge: Judge<A>,
    judgeTiles?: JudgeTiles<A>,
  ): Promise<A> {
    const { reference, resizeReference = false, native = false, signal } = options;
    signal?.throwIfAborted();
    if (native && !judgeTiles) throw needsWhole();
    const mode = reference === undefined ? "nr" : "fr";
    const reading = this.#read(image);
    const readingReference =
      reference === undefined || reference instanceof Reference ? undefined : this.#read(reference);
    try {
      const [network, picture, other] = await Promise.all([this.#network(mode), reading, readingReference]);
      const beside = reference instanceof Reference ? reference.picture : other;
      const { width, height } = picture.upright;
      if (beside && !resizeReference) requireSameSize(beside.upright, picture.upright);
      if (native && judgeTiles) {
        const tiling = tilePicture(width, height);
        if (tiling.count > 1) {
          return withWarningsOf(other, await judgeTiles(network, picture, tiling, beside, options));
        }
      }
      if (!beside) return await judge(network, picture);
      const isSameSize = beside.upright.width === width && beside.upright.height === height;
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

  /** Once all of its checkpoint has arrived. */
  async #wholeNetwork(mode: Mode): Promise<Network> {
    const network = await this.#network(mode);
    await network.checkpoint;
    return network;
  }

  #requireAlive(): void {
    if (this.#disposed) throw modelDisposed();
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
    return withWarningsOf(reference, await judge(network, picture, features, reference));
  } finally {
    disposeFeatures(features);
  }
}

/** An assessment with what is to be known of its reference before what is of the picture. */
function withWarningsOf<A extends { warnings: string[] }>(reference: Picture | undefined, assessment: A): A {
  if (!reference) return assessment;
  return { ...assessment, warnings: [...reference.warnings, ...assessment.warnings] };
}

function needsWhole(): InputError {
  return new InputError(
    "INPUT_NATIVE",
    "Explanations and profiles are of a picture that is judged whole, and `native` judges it tile by tile.",
    "Leave `native` out, or give a crop of at most 2048×512 pixels, which is judged at its own scale.",
  );
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
