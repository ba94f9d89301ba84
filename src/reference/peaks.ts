/** What plain loops reach on this machine at best: what the ops of this folder are measured by. */
import type { Peaks } from "../profile/timings.js";

/** Of each measurement; the fastest counts, and the engine has compiled the loop by the second. */
const tries = 4;

/** Multiply-adds, a few tens of milliseconds of them. */
const steps = 4e6;

/** More numbers than caches hold. */
const numbers = 8 * 2 ** 20;

export function measureCpuPeaks(): Peaks {
  const from = new Float32Array(numbers).fill(1);
  const to = new Float32Array(numbers);
  return {
    flopPerSecond: fastest(16 * steps, () => {
      to[0] = multiplyAdd(steps);
    }),
    bytesPerSecond: fastest(8 * numbers, () => to.set(from)),
  };
}

function fastest(amount: number, run: () => void): number {
  let rate = 0;
  for (let i = 0; i < tries; i++) {
    const started = performance.now();
    run();
    rate = Math.max(rate, amount / ((performance.now() - started) / 1000));
  }
  return rate;
}

/** Eight chains, none waiting for another; their sum is given, and used, so that an engine leaves none out. */
function multiplyAdd(count: number): number {
  let [a, b, c, d, e, f, g, h] = [1, 2, 3, 4, 5, 6, 7, 8];
  for (let i = 0; i < count; i++) {
    a = a * 0.5 + 0.25;
    b = b * 0.5 + 0.25;
    c = c * 0.5 + 0.25;
    d = d * 0.5 + 0.25;
    e = e * 0.5 + 0.25;
    f = f * 0.5 + 0.25;
    g = g * 0.5 + 0.25;
    h = h * 0.5 + 0.25;
  }
  return a + b + c + d + e + f + g + h;
}
