/** How the report writes ratios. */

/** Two digits or three: 0.043, 0.52, 5.2, 52. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  return Math.abs(value) >= 9.95 ? value.toFixed(0) : value.toPrecision(2);
}
