/** One checkpoint on one executor: builds and keeps the programs of the picture sizes it meets, and reads results. */
import { DeviceError, InputError } from "../errors.js";
import { type Reasons, readReasons } from "../explain/explanation.js";
import type { Executor, Program, Resident } from "../graph/executor.js";
import { GraphBuilder, type Value } from "../graph/graph.js";
import { orientedSize } from "../image/orientation.js";
import type { Pixels } from "../image/pixels.js";
import { type Fit, fitToModel } from "../image/policy.js";
import { bpclip, features, levelCount } from "../model/bpclip.js";
import type { ModelConfig } from "../model/config.js";
import { type PixelFormat, picture, type Resizes } from "../model/picture.js";
import { places } from "../model/places.js";
import { modelTensors } from "../model/tensors.js";
import { readDimensions } from "../text/vocabulary.js";
import type { Checkpoint } from "../weights/checkpoint.js";
import { ProgramCache } from "./programs.js";
import type { Score } from "./result.js";

/** Picture sizes whose programs are kept. */
const keptPrograms = 4;

/** Pixels of the picture along a side of a place: the backbone halves it five times, sides rounded up. */
const placeSide = 32;

/** What a run of the network gives. */
export interface Assessment extends Score {
  /** The picture's vector in the joint space at each level, E numbers each. */
  vectors: Float32Array[];
}

/** What a run that is to be explained gives. */
export interface ExplainedAssessment extends Assessment, Reasons {}

/** What a graph is made to give: an assessment, or with it what explains it. */
type Task = "assess" | "explain";

/** A reference picture's features, kept by the executor for any number of comparisons. */
export interface ReferenceFeatures {
  readonly fit: Fit;
  readonly levels: Record<string, Resident>;
}

export class Network {
  readonly #programs = new ProgramCache(keptPrograms);

  /** @throws WeightsError (WEIGHTS_KEYS) when the checkpoint's tensors are not those of its config. */
  constructor(
    private readonly checkpoint: Checkpoint,
    private readonly executor: Executor,
  ) {
    checkpoint.requireKeys(modelTensors(checkpoint.config));
  }

  get config(): ModelConfig {
    return this.checkpoint.config;
  }

  /** Features of the config's words, words×E, row-major; not to be written to. */
  get wordFeatures(): Float32Array {
    const { words, jointWidth } = this.config;
    return this.checkpoint.get("text.features", [words.length, jointWidth]);
  }

  /** No-reference quality; or full-reference quality, of a picture of the reference's size. */
  async assess(pixels: Pixels, reference?: ReferenceFeatures): Promise<Assessment> {
    return (await this.#run("assess", pixels, reference)).assessment;
  }

  /** As `assess`, with the reasons. */
  async explain(pixels: Pixels, reference?: ReferenceFeatures): Promise<ExplainedAssessment> {
    const { assessment, similarities, fit, more } = await this.#run("explain", pixels, reference);
    const [placeSimilarities, quality, ...maps] = more;
    const places = {
      rows: Math.ceil(fit.height / placeSide),
      columns: Math.ceil(fit.width / placeSide),
      information: maps.slice(0, levelCount),
      weight: maps.slice(levelCount),
      similarities: placeSimilarities,
      quality,
    };
    return { ...assessment, ...readReasons(places, similarities, this.config) };
  }

  /**
   * A reference's features.
   * @param size The upright size to bring the picture to first; its own by default.
   */
  async features(pixels: Pixels, size?: { width: number; height: number }): Promise<ReferenceFeatures> {
    const { format, upright } = describe(pixels);
    const target = size ?? upright;
    const fit = fitToModel(target.width, target.height);
    const resizes = [...resizesTo(upright, target), ...resizesTo(target, fit)];
    const key = JSON.stringify(["features", format, target]);
    const levels = await this.#programs.with(
      key,
      () => this.#prepare((g) => this.#featuresGraph(g, format, resizes)),
      (program) => program.runResident({ image: words(pixels) }),
    );
    return { fit, levels };
  }

  dispose(): void {
    this.#programs.dispose();
    this.executor.dispose();
  }

  #graph(g: GraphBuilder, task: Task, format: PixelFormat, resizes: Resizes, isPair: boolean): Value[] {
    const levels = features(g, picture(g, format, resizes, this.config, "image"), this.config, "tap");
    const reference = isPair
      ? levels.map((level, i) => g.input(`reference.${i + 1}`, level.shape))
      : undefined;
    const values = bpclip(g, this.config, levels, reference);
    const assessed = [values.similarities, values.score, ...values.x];
    if (task === "assess") return assessed;
    const { similarities, quality, information, weight } = places(g, this.config, values);
    return [...assessed, similarities, quality, ...information, ...weight];
  }

  #featuresGraph(g: GraphBuilder, format: PixelFormat, resizes: Resizes): Value[] {
    return features(g, picture(g, format, resizes, this.config, "image"), this.config, "reference");
  }

  #prepare(build: (g: GraphBuilder) => Value[]): Promise<Program> {
    const g = new GraphBuilder();
    return this.executor.prepare(g.build(build(g)));
  }

  async #run(task: Task, pixels: Pixels, reference: ReferenceFeatures | undefined) {
    const started = performance.now();
    const { format, upright } = describe(pixels);
    const fit = reference?.fit ?? fitToModel(upright.width, upright.height);
    const isPair = reference !== undefined;
    const outputs = await this.#programs.with(
      JSON.stringify([task, isPair, format, fit]),
      () => this.#prepare((g) => this.#graph(g, task, format, resizesTo(upright, fit), isPair)),
      (program) => program.run({ image: words(pixels), ...reference?.levels }),
    );
    const [similarities, [score], ...rest] = Object.values(outputs);
    if (!Number.isFinite(score)) {
      throw new DeviceError(
        "GPU_INTERNAL",
        `The score came out as ${score} on ${this.executor.adapter}.`,
        "Run `bpclip doctor`, which tests every kernel on this adapter; until then use the CPU executor.",
      );
    }
    const assessment: Assessment = {
      score,
      ...readDimensions(similarities, this.config),
      ...upright,
      mode: this.config.mode,
      model: this.config.name,
      checkpoint: this.checkpoint.sha256.slice(0, 12),
      policy: fit.policy,
      executor: this.executor.kind,
      adapter: this.executor.adapter,
      ms: performance.now() - started,
      warnings: pixels.warnings,
      vectors: rest.slice(0, levelCount),
    };
    return { assessment, similarities, fit, more: rest.slice(levelCount) };
  }
}

function describe(pixels: Pixels): { format: PixelFormat; upright: { width: number; height: number } } {
  const { width, height, data, orientation } = pixels;
  const depth = data instanceof Uint16Array ? 16 : 8;
  return { format: { width, height, depth, orientation }, upright: orientedSize(width, height, orientation) };
}

/** The one resize that a picture needs, or none. */
function resizesTo(from: { width: number; height: number }, to: { width: number; height: number }): Resizes {
  return from.width === to.width && from.height === to.height ? [] : [{ width: to.width, height: to.height }];
}

/** RGBA pixels as the u32 words that the graph reads. */
function words({ data }: Pixels): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** @throws InputError (INPUT_SIZES) unless both are of one upright size. */
export function requireSameSize(
  reference: { width: number; height: number },
  distorted: { width: number; height: number },
): void {
  if (reference.width === distorted.width && reference.height === distorted.height) return;
  throw new InputError(
    "INPUT_SIZES",
    `The reference is ${reference.width}×${reference.height} and the picture ${distorted.width}×${distorted.height}; full-reference quality compares pixel with pixel.`,
    "Give pictures of one size, or ask for the reference to be resized (--resize-reference, resizeReference: true).",
  );
}
