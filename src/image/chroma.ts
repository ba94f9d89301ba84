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
  const planeSize: [number, number] = [planeWidth, planeHeight];
  const sums = new Uint16Array(planeWidth);
  const blueRow = new Uint8Array(width);
  const redRow = new Uint8Array(width);
  // Values beyond 0..255 are clamped as they are stored.
  const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let y = 0; y < height; y++) {
    interpolateRow(blue, planeSize, y, subsampling, sums, blueRow);
    interpolateRow(red, planeSize, y, subsampling, sums, redRow);
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

/**
 * Row y of a chroma plane at the luma's resolution.
 * @param sums Room for a row of the plane.
 */
function interpolateRow(
  plane: Uint8Array,
  [planeWidth, planeHeight]: [number, number],
  y: number,
  subsampling: Subsampling,
  sums: Uint16Array,
  row: Uint8Array,
): void {
  // Down the columns: values times 4, or as they are.
  const here = subsampling.y === 2 ? y >> 1 : y;
  const near = Math.min(Math.max(here + ((y & 1) === 0 ? -1 : 1), 0), planeHeight - 1);
  for (let x = 0; x < planeWidth; x++) {
    const value = plane[here * planeWidth + x];
    sums[x] = subsampling.y === 2 ? 3 * value + plane[near * planeWidth + x] : value;
  }
  // Along the row: times 4 again, or as they are; then back to 8 bits.
  if (subsampling.x === 1) {
    const [half, shift] = subsampling.y === 2 ? [1 + (y & 1), 2] : [0, 0];
    for (let x = 0; x < row.length; x++) row[x] = (sums[x] + half) >> shift;
    return;
  }
  const [evenHalf, oddHalf, shift] = subsampling.y === 2 ? [8, 7, 4] : [1, 2, 2];
  for (let x = 0; x < planeWidth; x++) {
    const left = sums[Math.max(x - 1, 0)];
    const right = sums[Math.min(x + 1, planeWidth - 1)];
    row[2 * x] = (3 * sums[x] + left + evenHalf) >> shift;
    // Beyond the end of a row of odd width, where storing does nothing.
    row[2 * x + 1] = (3 * sums[x] + right + oddHalf) >> shift;
  }
}
