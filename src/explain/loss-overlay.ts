/** Where quality is lost, over the picture: glowing where much is lost, and the picture as it is where nothing is. */
import type { Rgba } from "../image/resize.js";
import { Canvas } from "./canvas.js";
import type { PlaceMap } from "./explanation.js";
import { extent, paintMap } from "./paint.js";

/** The same for all pictures, so that they can be compared, unless more is lost somewhere in this one. */
export function lossRange(loss: PlaceMap): [low: number, high: number] {
  return [0, Math.max(1, extent(loss)[1])];
}

/** Of the colour of most loss, so that the picture can still be made out. */
const opacity = 0.8;

/** A picture over white, in pale grey, under its loss. */
export function drawLossOver(picture: Rgba, loss: PlaceMap, range: readonly [number, number]): Canvas {
  const { width, height } = picture;
  const canvas = overWhite(picture);
  const { data } = canvas;
  for (let i = 0; i < data.length; i += 4) {
    const grey = 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
    data.fill(255 - 0.75 * (255 - grey), i, i + 3);
  }
  const painted = paintMap(loss, { width, height }, { range, colours: "inferno", fade: true });
  const shown = painted.data.map((value, i) => (i % 4 === 3 ? opacity * value : value));
  canvas.image({ width, height, data: shown }, 0, 0);
  return canvas;
}

export function overWhite(picture: Rgba): Canvas {
  const canvas = new Canvas(picture.width, picture.height, "#ffffff");
  canvas.image(picture, 0, 0);
  return canvas;
}
