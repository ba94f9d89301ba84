/** A network as the engines are told of it, and its pictures; this runs in pages, too. */
import { seededDistorted, seededPicture } from "../../../test/support/seeded.js";

export interface Network {
  name: string;
  /** Of paper-nr, resnet50 is the backbone alone, to the mean of its last map. */
  kind: "resnet50" | "paper-nr" | "paper-fr" | "small-nr" | "small-fr";
  height: number;
  width: number;
}

const seed = 1;

/** What is judged, and for FR its reference: RGB, height × width × 3. */
export function picturesOf({ kind, height, width }: Network): { image: Uint8Array; reference?: Uint8Array } {
  const picture = seededPicture(height, width, seed);
  if (!kind.endsWith("fr")) return { image: picture };
  return { image: seededDistorted(height, width, seed), reference: picture };
}
