/** How reports write numbers. */

/** Three decimals; a dash for what is not defined. */
export function fixed(value: number): string {
  return Number.isFinite(value)
    ? value
        .toFixed(3)
        .replace(/^-(0\.0+)$/, "$1")
        .replace("-", "−")
    : "–";
}

/** The same, with a plus where it is more than nothing. */
export function signed(value: number): string {
  const text = fixed(value);
  return value > 0 && text !== "0.000" ? `+${text}` : text;
}
