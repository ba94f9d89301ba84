/** The eight EXIF orientations, as maps from an upright picture's pixels to those that the file stores. */

/** `sx = x0 + xx·x + xy·y`, `sy = y0 + yx·x + yy·y`: the stored pixel (sx, sy) that upright pixel (x, y) shows. */
export interface OrientationMap {
  x0: number;
  xx: number;
  xy: number;
  y0: number;
  yx: number;
  yy: number;
}

/** For each orientation: whether it swaps the axes, then whether it mirrors the stored x and the stored y. */
const turns: Record<number, readonly [swap: boolean, mirrorX: boolean, mirrorY: boolean]> = {
  1: [false, false, false],
  2: [false, true, false],
  3: [false, true, true],
  4: [false, false, true],
  5: [true, false, false],
  6: [true, false, true],
  7: [true, true, true],
  8: [true, true, false],
};

/**
 * The upright size of a picture.
 * @param width Stored width in pixels; `height` likewise.
 * @param orientation EXIF orientation, 1..8.
 */
export function orientedSize(
  width: number,
  height: number,
  orientation: number,
): { width: number; height: number } {
  const [swap] = turns[orientation];
  return swap ? { width: height, height: width } : { width, height };
}

/**
 * Where an upright picture's pixels are stored, as six integers.
 * @param width Stored width in pixels; `height` likewise.
 * @param orientation EXIF orientation, 1..8.
 */
export function orientationMap(width: number, height: number, orientation: number): OrientationMap {
  const [swap, mirrorX, mirrorY] = turns[orientation];
  const [x0, stepX] = mirrorX ? [width - 1, -1] : [0, 1];
  const [y0, stepY] = mirrorY ? [height - 1, -1] : [0, 1];
  return swap
    ? { x0, xx: 0, xy: stepX, y0, yx: stepY, yy: 0 }
    : { x0, xx: stepX, xy: 0, y0, yx: 0, yy: stepY };
}
