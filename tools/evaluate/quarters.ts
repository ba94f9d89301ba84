/**
 * Whether a map of lost quality points to where quality was lost: one quarter of a photograph is made worse, and should
 * have the largest mean loss of the four.
 */
import type { Mode, Model } from "../../src/api/model.js";
import type { PlaceMap } from "../../src/explain/explanation.js";
import { mean } from "../../src/metrics/statistics.js";
import { gaussianBlur, jpegRoundTrip, type Rgb, whiteNoise } from "../distort.js";

/** Upper left, upper right, lower left, lower right. */
export const quarters = [0, 1, 2, 3] as const;
export type Quarter = (typeof quarters)[number];

export const distortions = {
  blur: (picture: Rgb) => gaussianBlur(picture, 2.5),
  noise: (picture: Rgb) => whiteNoise(picture, 30),
  JPEG: (picture: Rgb) => jpegRoundTrip(picture, 8),
};
export type Distortion = keyof typeof distortions;

/** Which quarter is made worse how, and whether the photograph as it was is there to compare with. */
export interface Attempt {
  mode: Mode;
  distortion: Distortion;
  quarter: Quarter;
}

export const allAttempts: readonly Attempt[] = (["nr", "fr"] as const).flatMap((mode) =>
  (Object.keys(distortions) as Distortion[]).flatMap((distortion) =>
    quarters.map((quarter) => ({ mode, distortion, quarter })),
  ),
);

/** What came of an attempt. */
export interface Pointing extends Attempt {
  /** The quarter of the largest mean loss. */
  found: Quarter;
  /** Mean loss of the degraded quarter less the largest of the other three. */
  margin: number;
  damaged: Rgb;
  loss: PlaceMap;
}

/** Makes the attempts on a photograph one after the other. */
export async function* pointAt(
  model: Model,
  photograph: Rgb,
  attempts: readonly Attempt[],
): AsyncGenerator<Pointing> {
  const isCompared = attempts.some(({ mode }) => mode === "fr");
  const reference = isCompared ? await model.reference({ ...photograph, channels: 3 }) : undefined;
  const distorted = new Map<Distortion, Rgb>();
  try {
    for (const { mode, distortion, quarter } of attempts) {
      const whole = distorted.get(distortion) ?? distortions[distortion](photograph);
      distorted.set(distortion, whole);
      const damaged = withQuarter(photograph, whole, quarter);
      const beside = mode === "fr" ? { reference } : {};
      const { loss } = await model.explain({ ...damaged, channels: 3 }, beside);
      const losses = quarters.map((each) => meanOfQuarter(loss, each));
      const others = losses.filter((_, each) => each !== quarter);
      const found = losses.indexOf(Math.max(...losses)) as Quarter;
      const margin = losses[quarter] - Math.max(...others);
      yield { mode, distortion, quarter, found, margin, damaged, loss };
    }
  } finally {
    reference?.dispose();
  }
}

/** A picture, but for one quarter, which is of another of its size. */
export function withQuarter({ width, height, data }: Rgb, other: Rgb, quarter: Quarter): Rgb {
  const mixed = data.map((value, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return quarterOf((x + 0.5) / width, (y + 0.5) / height) === quarter ? other.data[i] : value;
  });
  return { width, height, data: mixed };
}

/** Of the places whose centres are in the quarter, and not between two. */
export function meanOfQuarter({ rows, columns, data }: PlaceMap, quarter: Quarter): number {
  const places = [...data].filter((_, t) => {
    const [x, y] = [((t % columns) + 0.5) / columns, (Math.floor(t / columns) + 0.5) / rows];
    return x !== 0.5 && y !== 0.5 && quarterOf(x, y) === quarter;
  });
  return mean(places);
}

/** Of a point in the unit square. */
function quarterOf(x: number, y: number): Quarter {
  return ((y < 0.5 ? 0 : 2) + (x < 0.5 ? 0 : 1)) as Quarter;
}
