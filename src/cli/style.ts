/** Text for terminals: colours where they are wanted, widths, and nothing that a terminal would take for a command. */
import type { WriteStream } from "node:tty";

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
}

/** Colours on a terminal that has them, unless NO_COLOR is set; plain text anywhere else. */
export function styleFor(stream: NodeJS.WriteStream | WriteStream): Style {
  const colored = stream.isTTY && !process.env.NO_COLOR && stream.hasColors();
  const paint = (on: number, off: number) => (text: string) =>
    colored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39) };
}

/** One line without control characters, such as a file's name or a decoder's message may have. */
export function printable(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").replace(/\p{Cc}/gu, "\ufffd");
}

const graphemes = new Intl.Segmenter();
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Columns that a text takes on a terminal. */
export function columns(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columns(text)));
}

/** The end of a text, if it is wider than `width`: of a path, that is the file's name. */
export function keepEnd(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let kept = "";
  for (const { segment } of [...graphemes.segment(text)].reverse()) {
    if (columns(segment + kept) > width - 1) break;
    kept = segment + kept;
  }
  return `…${kept}`;
}

/** A horizontal bar of `width` columns, full at 1, in eighths of a column. */
export function bar(value: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(value, 0), 1) * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  return (full + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]).padEnd(width);
}

/** A file's size. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`;
}
