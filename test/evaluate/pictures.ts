/** Judged pictures for the tests of the analysis. */
import { pairs } from "../../src/text/vocabulary.js";
import type { Judged } from "../../tools/evaluate/agreement.js";

/** Readings that are 0.5 but for some positive words. */
export function readings(values: Record<string, number> = {}): number[] {
  return pairs.map(({ positive }) => values[positive] ?? 0.5);
}

/** A picture that is judged exactly as its target says, but for `changes`. */
export function judged(
  photograph: string,
  distortion: string | null,
  strength: number,
  changes: Partial<Judged> = {},
): Judged {
  const target = changes.target ?? 1 - strength;
  const reading = changes.readings ?? readings();
  return {
    ...{ photograph, distortion, strength, target, readings: reading },
    file: `${photograph}/${distortion}-${strength}.png`,
    ...{ psnr: 100 - 60 * strength, ssim: 1 - strength, msSsim: 1 - strength },
    nr: { score: target, readings: reading },
    fr: { score: target, readings: reading },
    ...changes,
  };
}
