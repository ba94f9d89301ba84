/** Tiles must be joined as the network pools the tokens of one picture. */
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/graph.js";
import { bpclip, features, levelCount } from "../../src/model/bpclip.js";
import type { ModelConfig } from "../../src/model/config.js";
import { joinTiles, TileSums, tileMeans } from "../../src/model/tiles.js";
import { CpuExecutor } from "../../src/reference/executor.js";
import { expectClose } from "../support/close.js";
import { smallConfig } from "../support/config.js";
import { noise, seededTensor } from "../support/seeded.js";

const executor = new CpuExecutor((key, shape) => seededTensor(key, shape, 1));
const [height, width, tokens] = [64, 96, 6];
const configs = [smallConfig(), smallConfig({ pool: "weighted" }), smallConfig({ similarity: "softmax" })];
/** Sums are taken in other orders, of f32. */
const rounding = { absolute: 1e-6, relative: 1e-6 };

function pixels(seed: number): Float32Array {
  const at = noise("tile", seed);
  return Float32Array.from({ length: height * width * 3 }, (_, i) => at(i) * 2 ** -31 - 1);
}

/** What a tile gives: its means, what `bpclip` says of it alone, and its tokens. */
async function runTile(config: ModelConfig, image: Float32Array, shares: Float32Array) {
  const g = new GraphBuilder();
  const levels = features(g, g.input("image", [1, height, width, 3]), config, "tap");
  const values = bpclip(g, config, levels);
  const means = tileMeans(g, config, values, g.input("shares", [1, tokens, 1]));
  const { similarities, score, x, content, contentWeights } = values;
  const graph = g.build([...means, similarities, score, ...x, ...content, ...contentWeights]);
  const outputs = Object.values(await (await executor.prepare(graph)).run({ image, shares }));
  const rest = outputs.slice(means.length);
  return {
    means: outputs.slice(0, means.length),
    alone: rest.slice(0, 2 + levelCount),
    content: rest.slice(2 + levelCount, 2 + 2 * levelCount),
    weights: rest.slice(2 + 2 * levelCount),
  };
}

async function join(config: ModelConfig, sums: TileSums) {
  const g = new GraphBuilder();
  const { similarities, score, x } = joinTiles(g, config);
  return Object.values(
    await (await executor.prepare(g.build([similarities, score, ...x]))).run(sums.pooled()),
  );
}

test.each(configs)(
  "one tile, all of it counted, says what the network says ($pool, $similarity)",
  async (config) => {
    const shares = new Float32Array(tokens).fill(1);
    const { means, alone } = await runTile(config, pixels(1), shares);
    const sums = new TileSums(config);
    sums.add(means, shares);
    for (const [i, output] of (await join(config, sums)).entries()) {
      expectClose(output, alone[i], rounding, `output ${i}`);
    }
  },
);

test.each(configs)("of two tiles every token counts by its share ($pool, $similarity)", async (config) => {
  const shares = [Float32Array.of(1, 0.5, 0, 0.25, 1, 1), Float32Array.of(0, 0.5, 1, 0.75, 1, 0)];
  const tiles = await Promise.all(shares.map((share, i) => runTile(config, pixels(i), share)));
  const sums = new TileSums(config);
  for (const [i, { means }] of tiles.entries()) sums.add(means, shares[i]);
  const pooled = Object.values(sums.pooled());
  expect(pooled).toHaveLength(levelCount);
  for (const [level, vector] of pooled.entries()) {
    const expected = Array.from({ length: config.width }, (_, channel) => {
      let [sum, weightSum, shareSum] = [0, 0, 0];
      for (const [i, { content, weights }] of tiles.entries()) {
        for (let token = 0; token < tokens; token++) {
          const at = token * config.width + channel;
          const weight = weights[level][at] * shares[i][token];
          sum += content[level][at] * weight;
          weightSum += weight;
          shareSum += shares[i][token];
        }
      }
      return sum / (config.pool === "weighted" ? weightSum : shareSum);
    });
    expectClose(vector, expected, rounding, `level ${level + 1}`);
  }
});
