/** Texts to features: prompts of token ids through a text tower, on any executor. */
import { InputError } from "../errors.js";
import type { Executor } from "../graph/executor.js";
import { GraphBuilder } from "../graph/graph.js";
import { checkpointTensors } from "../graph/parameters.js";
import { type TextTowerConfig, textTower } from "../model/text-tower.js";
import type { TextCheckpoint } from "../weights/text-checkpoint.js";

/** Prompts of one run; their attention at CLIP's size takes 1.5 MiB each. */
const promptsPerRun = 32;

/**
 * Features of texts in the joint image-text space, of length 1: N×E, row-major.
 * @param executor Made with the checkpoint's `get`; it can serve any number of calls.
 * @throws WeightsError WEIGHTS_KEYS (the tensors are not those of the config), InputError (INPUT_LENGTH, no texts),
 * DeviceError, LimitError.
 */
export async function embedTexts(
  checkpoint: TextCheckpoint,
  executor: Executor,
  texts: readonly string[],
): Promise<Float32Array> {
  const { config, tokenizer } = checkpoint;
  if (texts.length === 0) {
    throw new InputError("INPUT_LENGTH", "There is no text to embed.", "Give one text or more.");
  }
  const prompts = texts.map((text) => {
    const tokens = tokenizer.tokenise(text, config.context);
    return tokens.subarray(0, tokens.indexOf(tokenizer.end, 1) + 1);
  });
  const features = new Float32Array(texts.length * config.jointWidth);
  for (let i = 0; i < prompts.length; i += promptsPerRun) {
    const part = prompts.slice(i, i + promptsPerRun);
    features.set(await embedPrompts(config, executor, part, checkpoint), i * config.jointWidth);
  }
  return features;
}

/**
 * Features of prompts, N×E.
 * @param prompts Ids of each, start and end included.
 * @param checkpoint Checked to have the tower's tensors, where it is given.
 */
export async function embedPrompts(
  config: TextTowerConfig,
  executor: Executor,
  prompts: readonly Uint32Array[],
  checkpoint?: TextCheckpoint,
): Promise<Float32Array> {
  const longest = Math.max(...prompts.map(({ length }) => length));
  const g = new GraphBuilder();
  const ids = g.input("ids", [prompts.length, longest], "u32");
  const places = g.input("places", [longest], "u32");
  const ends = g.input("ends", [prompts.length], "u32");
  const output = textTower(g, config, ids, places, ends);
  const graph = g.build([output]);
  checkpoint?.requireKeys(checkpointTensors(graph));

  // What stands behind a prompt's end does not matter to it, under the causal mask.
  const padded = new Uint32Array(prompts.length * longest);
  for (const [i, prompt] of prompts.entries()) padded.set(prompt, i * longest);
  const program = await executor.prepare(graph);
  try {
    const outputs = await program.run({
      ids: padded,
      places: Uint32Array.from({ length: longest }, (_, i) => i),
      ends: Uint32Array.from(prompts, ({ length }, i) => i * longest + length - 1),
    });
    return outputs[output.name];
  } finally {
    program.dispose();
  }
}
