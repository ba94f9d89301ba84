/** Tables of labels: comma-separated values after RFC 4180, and what their cells say. */
import { damaged } from "./problems.js";

/** A row's cells by the names in the header, and where it stands, for messages. */
export interface TableRow {
  cells: Readonly<Record<string, string>>;
  line: number;
}

/**
 * The rows of a text with a header, empty lines left out. Names and cells have no spaces around them.
 * @param file Its name, for messages.
 * @param columns Names that the header must have.
 * @throws DatasetError DATASET_DAMAGED (a column is missing, a row has another number of cells, a quote is left open).
 */
export function readCsv(text: string, file: string, columns: readonly string[]): TableRow[] {
  const [header, ...rows] = parse(text, file);
  const names = header?.fields ?? [];
  const absent = columns.filter((column) => !names.includes(column));
  if (absent.length > 0) {
    throw damaged(file, `the header has no column ${absent.map((name) => `"${name}"`).join(", ")}.`);
  }
  return rows.map(({ fields, line }) => {
    if (fields.length !== names.length) {
      throw damaged(file, `line ${line} has ${fields.length} cells, and the header ${names.length}.`);
    }
    return { cells: Object.fromEntries(names.map((name, i) => [name, fields[i]])), line };
  });
}

/**
 * The number that a text is.
 * @param where File and line or row, for messages.
 * @throws DatasetError DATASET_DAMAGED.
 */
export function readNumber(text: unknown, where: string): number {
  const value = typeof text === "string" && text.trim() !== "" ? Number(text) : text;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw damaged(
    where,
    `${text === undefined ? "nothing" : JSON.stringify(text)} stands where a number should.`,
  );
}

interface Line {
  fields: string[];
  line: number;
}

function parse(text: string, file: string): Line[] {
  const lines: Line[] = [];
  let [at, line] = [0, 1];
  while (at < text.length) {
    const fields: string[] = [];
    const start = line;
    for (;;) {
      let field: string;
      if (text[at] === '"') {
        field = "";
        let from = at + 1;
        for (;;) {
          const quote = text.indexOf('"', from);
          if (quote < 0) throw damaged(file, `a quote that opens on line ${start} is never closed.`);
          field += text.slice(from, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          field += '"';
          from = at + 1;
        }
        line += field.split("\n").length - 1;
        if (at < text.length && !/[,\r\n]/.test(text[at])) {
          throw damaged(file, `line ${start} goes on after a closing quote.`);
        }
      } else {
        const end = endOfField(text, at);
        field = text.slice(at, end).trim();
        at = end;
      }
      fields.push(field);
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (fields.length > 1 || fields[0] !== "") lines.push({ fields, line: start });
  }
  return lines;
}

function endOfField(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}
