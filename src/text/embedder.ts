/** A text tower at work: the features of texts, those of recent ones kept. */
import { DeviceError } from "../errors.js";
import type { Executor } from "../graph/executor.js";
import { quote } from "../json.js";
import type { TextCheckpoint } from "../weights/text-checkpoint.js";
import { embedTexts } from "./embed.js";

/** Texts whose features are kept: 4 MiB at CLIP's width. */
const keptTexts = 1024;

export class TextEmbedder {
  /** By text, the one that was used last at the end. */
  readonly #features = new Map<string, Float32Array>();

  /** @param executor Made with the checkpoint's `get`, and disposed of with this. */
  constructor(
    private readonly checkpoint: TextCheckpoint,
    private readonly executor: Executor,
  ) {}

  /** E: numbers of a feature. */
  get jointWidth(): number {
    return this.checkpoint.config.jointWidth;
  }

  /**
   * The feature of each text, E numbers of length 1; not to be written to.
   * @throws DeviceError (GPU_INTERNAL) for a feature that is no number; and as `embedTexts`.
   */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    const found = new Map(texts.map((text) => [text, this.#features.get(text)]));
    const missing = [...found.keys()].filter((text) => !found.get(text));
    if (missing.length > 0) {
      const features = await embedTexts(this.checkpoint, this.executor, missing);
      for (const [i, text] of missing.entries()) {
        const feature = features.slice(i * this.jointWidth, (i + 1) * this.jointWidth);
        if (!feature.every(Number.isFinite)) throw this.#notFinite(text);
        found.set(text, feature);
      }
    }
    const all = texts.map((text) => found.get(text)!);
    for (const [i, text] of texts.entries()) this.#keep(text, all[i]);
    return all;
  }

  /** A sentence for each text that the tower reads only the beginning of. */
  warningsOf(texts: readonly string[]): string[] {
    const { config, tokenizer } = this.checkpoint;
    const room = config.context - 2;
    const cut = [...new Set(texts)].filter((text) => tokenizer.encode(text).length > room);
    return cut.map((text) => `Of the text ${quote(text)} only the first ${room} tokens were read.`);
  }

  dispose(): void {
    this.#features.clear();
    this.executor.dispose();
  }

  #keep(text: string, feature: Float32Array): void {
    this.#features.delete(text);
    this.#features.set(text, feature);
    if (this.#features.size <= keptTexts) return;
    const [oldest] = this.#features.keys();
    this.#features.delete(oldest);
  }

  #notFinite(text: string): DeviceError {
    return new DeviceError(
      "GPU_INTERNAL",
      `The features of the text ${quote(text)} are not finite on ${this.executor.adapter}.`,
      "Run `bpclip doctor`, which tests every kernel on this adapter; until then use the CPU executor.",
    );
  }
}
