/** A seeded generator of uniform numbers in [0, 1): mulberry32. */
export type Random = () => number;

export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A uniform integer in [low, high]. */
export function integer(draw: Random, low: number, high: number): number {
  return low + Math.floor(draw() * (high - low + 1));
}

/** One of the items. */
export function pick<T>(draw: Random, items: readonly T[]): T {
  return items[integer(draw, 0, items.length - 1)];
}
