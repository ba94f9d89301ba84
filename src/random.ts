/** Random numbers from a seed, the same in every runtime. */

/** Gives the next number of a stream: uniform in [0, 1), a multiple of 2⁻³². */
export type Random = () => number;

/**
 * The stream that a seed (its low 32 bits) and a name open: sfc32, of Chris Doty-Humphrey's PractRand, begun at both
 * with a counter of 1. Streams of other names have nothing in common with it.
 */
export function random(seed: number, name: string): Random {
  let a = 0;
  let b = fnv1a(name);
  let c = seed | 0;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) * 2 ** -32;
  };
  // Until every bit of the state depends on the seed and on the name.
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** A number of the standard normal distribution, by Box and Muller: two of the stream. */
export function normal(draw: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}

/** FNV-1a of a text's UTF-8 bytes, in 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
