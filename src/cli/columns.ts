/** Rows of cells as aligned lines. */
import { columns, padEnd, printable } from "./style.js";

/** @param rows The first is the heading. Texts are aligned to the left, columns of numbers to the right. */
export function aligned(rows: readonly string[][]): string[] {
  const isNumber = (cell: string) => /^([–\d.,× ]*%?|[\d.]+e[+-]?\d+)$/.test(cell);
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => columns(printable(row[i])))));
  const toRight = rows[0].map((_, i) => rows.slice(1).every((row) => isNumber(row[i])));
  return rows.map((row) =>
    row
      .map((cell, i) => (toRight[i] ? cell.padStart(widths[i]) : padEnd(printable(cell), widths[i])))
      .join("  ")
      .trimEnd(),
  );
}
