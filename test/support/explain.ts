/** What an explanation must be, whatever runs the network. */
import { expect } from "vitest";
import type { Model } from "../../src/api/model.js";
import type { Explanation, Score } from "../../src/api/result.js";
import type { PlaceMap } from "../../src/explain/explanation.js";
import type { RawImage } from "../../src/image/pixels.js";
import { expectClose } from "./close.js";

/** All maps of an explanation, by a name each. */
export function mapsOf({
  levels,
  quality,
  loss,
  dimensionMaps,
}: Explanation): [name: string, map: PlaceMap][] {
  return [
    ...levels.flatMap(({ information, weight }, i): [string, PlaceMap][] => [
      [`information ${i + 1}`, information],
      [`weight ${i + 1}`, weight],
    ]),
    ["quality", quality],
    ["loss", loss],
    ...Object.entries(dimensionMaps),
  ];
}

/** Expects that an explanation says of a picture what its score says, to within f32's rounding in another graph. */
export async function expectExplains(
  model: Model,
  picture: RawImage,
  reference?: RawImage,
): Promise<Explanation> {
  const explanation = await model.explain(picture, { reference });
  const score = reference ? await model.compare(reference, picture) : await model.score(picture);
  const { width, height, mode, checkpoint, policy, executor } = score;
  expect(explanation).toMatchObject({ width, height, mode, checkpoint, policy, executor });
  const numbers = ({ score, dimensions, adjectives }: Score) => [
    score,
    ...Object.values(dimensions),
    ...adjectives.flatMap(({ value, similarities }) => [value, ...similarities]),
  ];
  expectClose(numbers(explanation), numbers(score), { absolute: 1e-6, relative: 0 }, "explain beside score");
  return explanation;
}
