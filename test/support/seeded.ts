/**
 * Weights and pictures from a seed, the same bits as `tools/train` makes for the goldens: a hash of the name, the seed
 * and the place of each value, in u32 arithmetic.
 */
import { fnv1a } from "../../src/random.js";

/** 2^32 / golden ratio. */
const golden = 0x9e3779b9;

/** A stream of u32 by index: murmur3's finaliser over a Weyl sequence that starts at the name and the seed. */
export function noise(name: string, seed: number): (index: number) => number {
  const start = fnv1a(name) ^ Math.imul(seed, golden);
  return (index) => {
    let x = (start + Math.imul(index, golden)) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  };
}

/** Values of the scale that a tensor of this checkpoint key and shape has in a network that neither fades nor explodes. */
export function seededTensor(name: string, shape: readonly number[], seed: number): Float32Array {
  const at = noise(name, seed);
  const fanIn = shape.slice(1).reduce((product, side) => product * side, 1);
  const value = scaleOf(name, shape.length, fanIn);
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => value((at(i) >>> 8) * 2 ** -24));
}

/** The tensor's value from a u in [0, 1). */
function scaleOf(name: string, rank: number, fanIn: number): (u: number) => number {
  const v = (u: number) => 2 * u - 1;
  if (name.endsWith(".running_var")) return (u) => 0.5 + u;
  if (name.endsWith(".running_mean")) return (u) => 0.2 * v(u);
  if (name.endsWith("bias")) return (u) => 0.1 * v(u);
  if (name.startsWith("position.")) return (u) => 0.5 * v(u);
  if (name === "text.features") return v;
  if (name.endsWith(".bn3.weight")) return (u) => 0.3 + 0.1 * v(u);
  if (rank === 1) return (u) => 1 + 0.25 * v(u);
  const bound = Math.sqrt(6 / fanIn);
  return (u) => v(u) * bound;
}

/** A picture of blotches and grain, RGB, height × width × 3. */
export function seededPicture(height: number, width: number, seed: number): Uint8Array {
  const at = noise("image", seed);
  const picture = new Uint8Array(height * width * 3);
  let place = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const octave = (k: number) => at((((y >> k) * 4096 + (x >> k)) * 4 + channel) * 8 + k) >>> 24;
        picture[place++] = Math.floor((4 * octave(5) + 2 * octave(3) + octave(0)) / 7);
      }
    }
  }
  return picture;
}

/** The distorted one of a full-reference pair, whose reference is `seededPicture` of the same seed. */
export function seededDistorted(height: number, width: number, seed: number): Uint8Array {
  const other = seededPicture(height, width, seed + 1);
  return seededPicture(height, width, seed).map((value, i) => Math.floor((3 * value + other[i]) / 4));
}
