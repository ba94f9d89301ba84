/**
 * First values of layers that are to be trained, of the distributions that PyTorch begins `tools/train/model.py` with:
 *
 * - convolutions and linear layers: weights (kaiming-uniform with a = √5) and biases uniform in ±1/√fan-in, the fan-in
 *   being a weight's inputs times its kernel's places, so that the variance is 1/(3·fan-in);
 * - layer norms: weights 1, biases 0;
 * - position codes: normal, of deviation 0.02.
 */
import type { Shape } from "../graph/graph.js";
import { sizeOf } from "../graph/shape.js";
import { normal, type Random, random } from "../random.js";

const positionDeviation = 0.02;

/**
 * First values by key, row-major. A tensor's depend on the seed, its key and the shape of its layer alone: not on what
 * other tensors there are. The same seed gives the same bits everywhere, the position codes' last bit excepted where a
 * runtime's `Math.log` or `Math.cos` is another.
 * @param tensors Those of whole layers, each bias with its weight.
 * @param seed An integer, of which the low 32 bits count.
 */
export function initialise(
  tensors: readonly { key: string; shape: Shape }[],
  seed: number,
): Map<string, Float32Array> {
  const shapes = new Map(tensors.map(({ key, shape }) => [key, shape]));
  const values = tensors.map(({ key, shape }): [string, Float32Array] => {
    const data = new Float32Array(sizeOf(shape));
    const value = ruleOf(key, shapes);
    const draw = random(seed, key);
    for (let i = 0; i < data.length; i++) data[i] = value(draw);
    return [key, data];
  });
  return new Map(values);
}

function ruleOf(key: string, shapes: ReadonlyMap<string, Shape>): (draw: Random) => number {
  if (key.startsWith("position.")) return (draw) => positionDeviation * normal(draw);
  const weight = shapes.get(key.replace(/\.bias$/, ".weight"));
  if (!weight || !/\.(weight|bias)$/.test(key))
    throw new TypeError(`${key} is of no layer that is known here`);
  if (weight.length === 1) return key.endsWith(".weight") ? () => 1 : () => 0;
  const bound = 1 / Math.sqrt(sizeOf(weight.slice(1)));
  return (draw) => bound * (2 * draw() - 1);
}
