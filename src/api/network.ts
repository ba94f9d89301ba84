/** One checkpoint on one executor: builds and keeps the programs of the picture sizes it meets, and reads results. */
import { DeviceError, InputError } from "../errors.js";
import { type Reasons, readReasons } from "../explain/explanation.js";
import type { Executor, Program, Resident, RunInputs } from "../graph/executor.js";
import { GraphBuilder, type Value } from "../graph/graph.js";
import { type Fit, fitToModel } from "../image/policy.js";
import { cellSide, type Tiling, tilesOf } from "../image/tiles.js";
import { bpclip, features, levelCount } from "../model/bpclip.js";
import type { ModelConfig } from "../model/config.js";
import { normalized, picture, type Resizes } from "../model/picture.js";
import { places } from "../model/places.js";
import { joinTiles, TileSums, tileMeans } from "../model/tiles.js";
import { type Profile, profileOf } from "../profile/profile.js";
import type { ProgramTimings } from "../profile/timings.js";
import { readDimensions } from "../text/vocabulary.js";
import type { Checkpoint } from "../weights/checkpoint.js";
import type { Picture } from "./picture.js";
import { bandsOf, PictureWindows } from "./picture-windows.js";
import { ProgramCache } from "./programs.js";
import type { Score } from "./result.js";

/** Picture sizes whose programs are kept. */
const keptPrograms = 4;

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

interface Size {
  width: number;
  height: number;
}

/** What a graph is given of a picture. */
interface Source {
  /** Sources of one key are read by one graph. */
  key: unknown[];
  /** The normalised picture, 1×H×W×3, from the graph's input "image". */
  build(g: GraphBuilder): Value;
  input: RunInputs[string];
}

/** Who waits for a picture's tiles. */
export interface TileWatch {
  /** Told after each tile how many are done, and how many there are. */
  onProgress?: (done: number, total: number) => void;
  /** Ends it before the next tile; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What is done with a program that is ready for a picture, and its inputs. */
type Use<T> = (program: Program, inputs: RunInputs) => Promise<T>;

/** How a band of a large picture is resized. */
type ResizeBand = Use<Record<string, Float32Array>>;

const resizeBand: ResizeBand = (program, inputs) => program.run(inputs);

export class Network {
  readonly #programs = new ProgramCache(keptPrograms);

  /**
   * @param checkpoint May still be on its way: until then programs are compiled, and runs wait for it.
   * @param executor Reads it.
   */
  constructor(
    readonly config: ModelConfig,
    readonly checkpoint: Promise<Checkpoint>,
    private readonly executor: Executor,
  ) {}

  /** Features of the config's words, words×E, row-major; not to be written to. */
  async wordFeatures(): Promise<Float32Array> {
    const { words, jointWidth } = this.config;
    return (await this.checkpoint).get("text.features", [words.length, jointWidth]);
  }

  /** Makes ready what judges pictures like this one, alone or beside a reference of its size. */
  async prepare(image: Picture): Promise<void> {
    const ready = async () => {};
    if (this.config.mode === "nr") return this.#with("assess", image, undefined, ready);
    const reference = { fit: fitToModel(image.upright.width, image.upright.height), levels: {} };
    await Promise.all([
      this.#withFeatures(image, image.upright, ready),
      this.#with("assess", image, reference, ready),
    ]);
  }

  /** No-reference quality; or full-reference quality, of a picture of the reference's size. */
  async assess(image: Picture, reference?: ReferenceFeatures): Promise<Assessment> {
    return (await this.#run("assess", image, reference)).assessment;
  }

  /**
   * As `assess`, tile by tile at the picture's own scale. No more than one tile is on the device at once.
   * @param reference Brought to the picture's size first, where it has another.
   * @throws The reason of `signal`.
   */
  async assessTiles(
    image: Picture,
    tiling: Tiling,
    reference: Picture | undefined,
    { onProgress, signal }: TileWatch,
  ): Promise<Assessment> {
    const started = performance.now();
    const { columns, rows, policy } = tiling;
    const windows = new PictureWindows(image, [], columns, rows);
    const beside =
      reference && new PictureWindows(reference, resizesTo(reference.upright, image.upright), columns, rows);
    const sums = new TileSums(this.config);
    await this.#programs.with(
      JSON.stringify(["tile", windows.key, beside?.key]),
      () => this.#prepare((g) => this.#tileGraph(g, windows, beside)),
      async (program) => {
        for (const [done, { column, row, shares }] of tilesOf(tiling).entries()) {
          signal?.throwIfAborted();
          const run = (inputs: RunInputs) => program.run({ ...inputs, shares });
          const means = await windows.with("image", column, row, (inputs) =>
            beside
              ? beside.with("reference", column, row, (others) => run({ ...inputs, ...others }))
              : run(inputs),
          );
          sums.add(Object.values(means), shares);
          onProgress?.(done + 1, tiling.count);
          // The CPU never waits, and would let no signal or timer come in between.
          if (this.executor.kind === "cpu") await new Promise((resolve) => setTimeout(resolve));
        }
      },
    );
    const outputs = await this.#programs.with(
      "join",
      () =>
        this.#prepare((g) => {
          const { similarities, score, x } = joinTiles(g, this.config);
          return [similarities, score, ...x];
        }),
      (program) => program.run(sums.pooled()),
    );
    return (await this.#read(image, policy, started, outputs)).assessment;
  }

  /** As `assess`, with the reasons. */
  async explain(image: Picture, reference?: ReferenceFeatures): Promise<ExplainedAssessment> {
    const { assessment, similarities, fit, more } = await this.#run("explain", image, reference);
    const [placeSimilarities, quality, ...maps] = more;
    const places = {
      rows: Math.ceil(fit.height / cellSide),
      columns: Math.ceil(fit.width / cellSide),
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
  async features(image: Picture, size?: { width: number; height: number }): Promise<ReferenceFeatures> {
    const target = size ?? image.upright;
    const levels = await this.#withFeatures(image, target, (program, inputs) => program.runResident(inputs));
    return { fit: fitToModel(target.width, target.height), levels };
  }

  /**
   * Times what `assess` does, step by step.
   * @param runs How often.
   * @param unkept Of the reference, if making its features is to be part of it.
   */
  async profile(
    image: Picture,
    runs: number,
    reference?: ReferenceFeatures,
    unkept?: Picture,
  ): Promise<Profile> {
    const programs: ProgramTimings[] = [];
    const time = async (program: Program, inputs: RunInputs) => {
      const timings = await program.profile(inputs, runs);
      programs.push(timings);
      return timings.outputs;
    };
    if (unkept) await this.#withFeatures(unkept, image.upright, time, time);
    const [, [score]] = Object.values(await this.#with("assess", image, reference, time, time));
    const peaks = await this.executor.peaks();
    return profileOf(programs, peaks, await this.#about(image, fitOf(image, reference).policy, score));
  }

  /** Makes programs anew from now on, as after the device was tuned; runs under way end first. */
  forgetPrograms(): void {
    this.#programs.dispose();
  }

  dispose(): void {
    this.#programs.dispose();
    this.executor.dispose();
  }

  #graph(g: GraphBuilder, task: Task, image: Value, isPair: boolean): Value[] {
    const levels = features(g, image, this.config, "tap");
    const reference = isPair
      ? levels.map((level, i) => g.input(`reference.${i + 1}`, level.shape))
      : undefined;
    const values = bpclip(g, this.config, levels, reference);
    const assessed = [values.similarities, values.score, ...values.x];
    if (task === "assess") return assessed;
    const { similarities, quality, information, weight } = places(g, this.config, values);
    return [...assessed, similarities, quality, ...information, ...weight];
  }

  #tileGraph(g: GraphBuilder, image: PictureWindows, reference: PictureWindows | undefined): Value[] {
    const { config } = this;
    const levelsOf = (windows: PictureWindows, input: string, name: string) =>
      features(g, normalized(g, windows.build(g, input), config, input), config, name);
    const levels = levelsOf(image, "image", "tap");
    const beside = reference && levelsOf(reference, "reference", "reference");
    const values = bpclip(g, config, levels, beside);
    const [, tokens] = values.content[0].shape;
    return tileMeans(g, config, values, g.input("shares", [1, tokens, 1]));
  }

  #prepare(build: (g: GraphBuilder) => Value[]): Promise<Program> {
    const g = new GraphBuilder();
    return this.executor.prepare(g.build(build(g)));
  }

  /** Uses the program that makes features of a picture, brought to the upright size `target`. */
  async #withFeatures<T>(
    image: Picture,
    target: Size,
    use: Use<T>,
    useBand: ResizeBand = resizeBand,
  ): Promise<T> {
    const fit = fitToModel(target.width, target.height);
    const resizes = [...resizesTo(image.upright, target), ...resizesTo(target, fit)];
    const source = await this.#source(image, resizes, useBand);
    return this.#programs.with(
      JSON.stringify(["features", source.key]),
      () => this.#prepare((g) => features(g, source.build(g), this.config, "reference")),
      (program) => use(program, { image: source.input }),
    );
  }

  /** Uses the program of a task. */
  async #with<T>(
    task: Task,
    image: Picture,
    reference: ReferenceFeatures | undefined,
    use: Use<T>,
    useBand: ResizeBand = resizeBand,
  ): Promise<T> {
    const resizes = resizesTo(image.upright, fitOf(image, reference));
    const source = await this.#source(image, resizes, useBand);
    const isPair = reference !== undefined;
    return this.#programs.with(
      JSON.stringify([task, isPair, source.key]),
      () => this.#prepare((g) => this.#graph(g, task, source.build(g), isPair)),
      (program) => use(program, { image: source.input, ...reference?.levels }),
    );
  }

  /** A picture to be resized and read whole. */
  async #source(image: Picture, resizes: Resizes, useBand: ResizeBand): Promise<Source> {
    const bands = bandsOf(image, resizes);
    if (!bands) {
      const { format, words } = image;
      const build = (g: GraphBuilder) => picture(g, format, resizes, this.config, "image");
      return { key: [format, resizes], build, input: words };
    }
    const { width, height } = resizes[resizes.length - 1];
    const rgb = new Float32Array(height * width * 3);
    await this.#programs.with(
      JSON.stringify(["band", bands.windows.key]),
      () => this.#prepare((g) => [bands.windows.build(g, "image")]),
      async (program) => {
        for (const [row, start] of bands.starts.entries()) {
          const outputs = await bands.windows.with("image", 0, row, (inputs) => useBand(program, inputs));
          rgb.set(Object.values(outputs)[0], start * width * 3);
        }
      },
    );
    const build = (g: GraphBuilder) =>
      normalized(g, g.input("image", [1, height, width, 3]), this.config, "image");
    return { key: [width, height], build, input: rgb };
  }

  async #run(task: Task, image: Picture, reference: ReferenceFeatures | undefined) {
    const started = performance.now();
    const fit = fitOf(image, reference);
    const outputs = await this.#with(task, image, reference, (program, inputs) => program.run(inputs));
    return { fit, ...(await this.#read(image, fit.policy, started, outputs)) };
  }

  /** What the outputs of a graph say: similarities, the score, the vectors, and perhaps more. */
  async #read(image: Picture, policy: string, started: number, outputs: Record<string, Float32Array>) {
    const [similarities, [score], ...rest] = Object.values(outputs);
    const assessment: Assessment = {
      ...(await this.#about(image, policy, score)),
      ...readDimensions(similarities, this.config),
      ms: performance.now() - started,
      vectors: rest.slice(0, levelCount),
    };
    return { assessment, similarities, more: rest.slice(levelCount) };
  }

  /** What every result says of a picture and of what judged it. @throws DeviceError for a score that is no number. */
  async #about(image: Picture, policy: string, score: number) {
    if (!Number.isFinite(score)) {
      throw new DeviceError(
        "GPU_INTERNAL",
        `The score came out as ${score} on ${this.executor.adapter}.`,
        "Run `bpclip doctor`, which tests every kernel on this adapter; until then use the CPU executor.",
      );
    }
    return {
      score,
      ...image.upright,
      mode: this.config.mode,
      model: this.config.name,
      checkpoint: (await this.checkpoint).sha256.slice(0, 12),
      policy,
      executor: this.executor.kind,
      adapter: this.executor.adapter,
      warnings: image.warnings,
    };
  }
}

/** How a picture is brought to the model's scale: beside a reference as that was. */
function fitOf({ upright }: Picture, reference: ReferenceFeatures | undefined): Fit {
  return reference?.fit ?? fitToModel(upright.width, upright.height);
}

/** The one resize that a picture needs, or none. */
function resizesTo(from: { width: number; height: number }, to: { width: number; height: number }): Resizes {
  return from.width === to.width && from.height === to.height ? [] : [{ width: to.width, height: to.height }];
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
