/** Scores pairs in a page, for the test to call; served with the checkpoints and the pairs beside it. */
import { loadModel } from "../../src/index.js";
import { type Executor, type Scores, scorePairs } from "./scores.js";

declare global {
  var scores: (executor: Executor) => Promise<Scores>;
}

globalThis.scores = async (executor) => {
  const source = { nr: "nr.safetensors", fr: "fr.safetensors" };
  return scorePairs(loadModel, source, executor, await (await fetch("pairs.json")).text());
};
