/**
 * Colours for values: perceptually uniform, their lightness rising with the value, so that they are read right in grey
 * and by colour-blind eyes too. Both maps are matplotlib's, by van der Walt and Smith, dedicated to the public domain
 * (CC0 1.0).
 */
import { InputError } from "../errors.js";

/** The name of a map from values to colours: blue over green to yellow, or black over red to yellow. */
export type ColourMap = "viridis" | "inferno";

/** Colours of a map. */
export const colourCount = 256;

/**
 * Every fifth of the 256 published colours, RRGGBB. What lies between is interpolated, and nowhere more than one level
 * of 255 away from what is published.
 */
const anchors: Record<ColourMap, string> = {
  viridis:
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c" +
    "355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d20928c1f978b1e9c891fa188" +
    "21a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37" +
    "b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725",
  inferno:
    "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c59106e61136e" +
    "69166e71196e781c6d801f6c88226a902568982766a02a63a82e5fb0315bb73557bf3952c63d4dcc4248d34743" +
    "d94d3ddf5337e45a31e9612bed6925f1711ff47918f78212f98b0bfa9407fb9d07fca60cfcb014fbba1ffac42a" +
    "f8cd37f6d746f4e156f2ea69f2f27df5f992fcffa4",
};

/**
 * A map's colours from its lowest value to its highest: 256 × RGB, 0..255.
 * @throws InputError INPUT_COLOURS.
 */
export function colourTable(name: ColourMap): Uint8Array {
  if (!Object.hasOwn(anchors, name)) {
    throw new InputError(
      "INPUT_COLOURS",
      `There is no colour map "${name}".`,
      `Name one of ${Object.keys(anchors).join(", ")}.`,
    );
  }
  const known = anchors[name].match(/../g)!.map((digits) => Number.parseInt(digits, 16));
  const intervals = known.length / 3 - 1;
  return Uint8Array.from({ length: colourCount * 3 }, (_, i) => {
    const at = (Math.floor(i / 3) / (colourCount - 1)) * intervals;
    const below = Math.min(Math.floor(at), intervals - 1);
    const [low, high] = [below, below + 1].map((anchor) => known[anchor * 3 + (i % 3)]);
    return Math.round(low + (at - below) * (high - low));
  });
}
