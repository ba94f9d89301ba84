/** Luma and chroma to RGB with the arithmetic of libjpeg, so that a JPEG's pixels are those of Pillow and browsers. */

/** How much coarser the chroma planes are than the luma plane: 1 (as fine) or 2 on each axis. */
export interface Subsampling {
  x: 1 | 2;
  y: 1 | 2;
}

/**
 * Turns Y, Cb, Cr, 255 into R, G, B, 255 in place.
 *
 * Subsampled chroma, which comes replicated, is interpolated by libjpeg's triangle filter: a sample counts 3/4, its
 * nearer neighbour on each subsampled axis 1/4, and rounding alternates between up and down.
 * @param data `width·height·4` values in 0..255.
 */
export function yccToRgb(data: Uint8Array, width: number, height: number, subsampling: Subsampling): void {
  const planeWidth = Math.ceil(width / subsampling.x);
  const planeHeight = Math.ceil(height / subsampling.y);
  const [blue, red] = [1, 2].map((channel) => {
    const plane = new Uint8Array(planeWidth * planeHeight);
    for (let y = 0, to = 0; y < planeHeight; y++) {
      for (let x = 0; x < planeWidth; x++) {
        plane[to++] = data[(y * subsampling.y * width + x * subsampling.x) * 4 + channel];
      }
    }
    return plane;
  });
  const blueRow = new Uint8Array(width);
  const redRow = new Uint8Array(width);
  // Values beyond 0..255 are clamped as they are stored.
  const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let y = 0; y < height; y++) {
    interpolateRow(blue, planeWidth, planeHeight, y, subsampling, blueRow);
    interpolateRow(red, planeWidth, planeHeight, y, subsampling, redRow);
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const luma = pixels[at];
      const cb = blueRow[x] - 128;
      const cr = redRow[x] - 128;
      // Coefficients in 1/65536, as libjpeg's tables have them.
      pixels[at] = luma + ((91881 * cr + 32768) >> 16);
      pixels[at + 1] = luma + ((-22554 * cb - 46802 * cr + 32768) >> 16);
      pixels[at + 2] = luma + ((116130 * cb + 32768) >> 16);
    }
  }
}

/** Row y of a chroma plane at the luma's resolution. */
function interpolateRow(
  plane: Uint8Array,
  planeWidth: number,
  planeHeight: number,
  y: number,
  subsampling: Subsampling,
  row: Uint8Array,
): void {
  const [here, near] = neighbours(y, subsampling.y, planeHeight);
  // Both axes divide by 16, one by 4, none by 1; libjpeg's rounding depends on the parity along the last axis.
  const shift = (subsampling.x - 1 + subsampling.y - 1) * 2;
  const parity = (at: number) => (shift === 4 ? 8 - (at & 1) : shift === 2 ? 1 + (at & 1) : 0);
  const column = (x: number) =>
    subsampling.y === 1
      ? plane[here * planeWidth + x]
      : 3 * plane[here * planeWidth + x] + plane[near * planeWidth + x];
  for (let x = 0; x < row.length; x++) {
    const [left, right] = neighbours(x, subsampling.x, planeWidth);
    const sum = subsampling.x === 1 ? column(left) : 3 * column(left) + column(right);
    row[x] = (sum + parity(subsampling.x === 2 ? x : y)) >> shift;
  }
}

/** The sample that covers place `at`, and the one next to it on the side of `at`; itself at a border. */
function neighbours(at: number, step: 1 | 2, size: number): [here: number, near: number] {
  if (step === 1) return [at, at];
  const here = at >> 1;
  return [here, Math.min(Math.max(here + ((at & 1) === 0 ? -1 : 1), 0), size - 1)];
}
