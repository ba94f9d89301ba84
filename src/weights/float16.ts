/** IEEE 754 half precision (1 sign, 5 exponent and 10 mantissa bits), both ways. */

let table: Float32Array | undefined;

/** The value of a half given by its 16 bits. Exact. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Halves, given by their bits, as f32. Exact; one look-up a value, in a table of all 65,536 made on first use. */
export function decodeFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  table ??= makeTable();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]];
  return values;
}

/** A loop, which is half the work of `Float32Array.from` with a function when a process has just begun. */
function makeTable(): Float32Array {
  const values = new Float32Array(65536);
  for (let bits = 0; bits < values.length; bits++) values[bits] = fromFloat16(bits);
  return values;
}

/** f32 values as the bits of the nearest halves, ties to even. Above 65,519 the nearest is infinity. */
export function encodeFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000;
    if (Number.isNaN(values[i])) {
      halves[i] = sign | 0x7e00;
      continue;
    }
    // Below 2^-14 halves keep the spacing of that binade: the subnormals.
    const exponent = Math.max(((bits[i] >>> 23) & 255) - 127, -14);
    const units = Math.abs(values[i]) * 2 ** (10 - exponent);
    // Adding and taking away 2^52 rounds a double to an integer, ties to even.
    const rounded = units + 2 ** 52 - 2 ** 52;
    // A normal's `rounded` has its implicit bit at 1024, which adds one to the exponent field, as a carry does.
    halves[i] = sign | Math.min((exponent + 14) * 1024 + rounded, 0x7c00);
  }
  return halves;
}

/** The nearest half of any number, ties to even, as a number. Above 65,519 it is infinity. */
export function nearestFloat16(value: number): number {
  const exponent = Math.min(Math.max(Math.floor(Math.log2(Math.abs(value))), -14), 15);
  const unit = 2 ** (exponent - 10);
  // As above; one and a half times as much serves both signs.
  const nearest = (value / unit + 1.5 * 2 ** 52 - 1.5 * 2 ** 52) * unit;
  return Math.abs(nearest) > 65504 ? Math.sign(nearest) * Infinity : nearest;
}
