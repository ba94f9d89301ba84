/** What each runtime is asked for: the scores of pictures, in JSON that every runtime reads and writes. */
import type { LoadModelOptions, ModelSource } from "../../src/api/load.js";
import type { Model } from "../../src/api/model.js";
import type { Pair, Picture } from "./pictures.js";

/** "gpu" is the runtime's own choice of adapter, and the CPU where there is none. */
export type Executor = "gpu" | "cpu";

export interface Scores {
  executor: "webgpu" | "cpu";
  adapter: string;
  nr: number[];
  fr: number[];
}

type LoadModel = (source: ModelSource, options: LoadModelOptions) => Promise<Model>;

/** @param pairs As `writePairs` has them. */
export async function scorePairs(
  loadModel: LoadModel,
  source: ModelSource,
  executor: Executor,
  pairs: string,
): Promise<Scores> {
  const model = await loadModel(source, { adapter: executor === "cpu" ? "cpu" : "auto", onNotice() {} });
  const results = [];
  for (const { reference, picture } of readPairs(pairs)) {
    results.push({ nr: await model.score(picture), fr: await model.compare(reference, picture) });
  }
  model.dispose();
  const { executor: by, adapter } = results[0].nr;
  return {
    executor: by,
    adapter,
    nr: results.map(({ nr }) => nr.score),
    fr: results.map(({ fr }) => fr.score),
  };
}

export function writePairs(pairs: readonly Pair[]): string {
  return JSON.stringify(pairs, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
}

function readPairs(json: string): Pair[] {
  const pairs: Record<keyof Pair, Omit<Picture, "data"> & { data: string }>[] = JSON.parse(json);
  const read = ({ data, ...size }: (typeof pairs)[0]["picture"]): Picture => ({
    ...size,
    data: Uint8Array.from(atob(data), (character) => character.charCodeAt(0)),
  });
  return pairs.map(({ reference, picture }) => ({ reference: read(reference), picture: read(picture) }));
}
