/**
 * The cells of an Excel workbook's sheet, as CSIQ and SPAQ have them. A workbook is a zip archive of XML files, of which
 * four kinds are read here: the list of sheets, where they are, the shared texts, and a sheet. Formulas give the values
 * that were saved with them; dates come as numbers.
 */
import { WeightsError } from "../errors.js";
import { Budget } from "../weights/torch/budget.js";
import { readZipDirectory, readZipEntry, type ZipEntry } from "../weights/torch/zip.js";
import { damaged } from "./problems.js";

export type Cell = string | number | undefined;

/** What the read parts of a workbook may inflate to; SPAQ's sheet has 2 MiB. */
const maxInflated = 256 * 2 ** 20;

/** Cells further right are no labels. */
const maxColumns = 256;

/**
 * Rows of a sheet, the first row first, cells by column.
 * @param file Its name, for messages.
 * @param sheet The sheet's name; the first by default.
 * @throws DatasetError DATASET_DAMAGED.
 */
export async function readXlsx(bytes: Uint8Array, file: string, sheet?: string): Promise<Cell[][]> {
  const budget = new Budget(maxInflated);
  const entries = openArchive(bytes, file, budget);
  const part = async (name: string): Promise<string> => {
    const entry = entries.get(name);
    if (!entry) throw damaged(file, `it is no workbook: it has no ${name}.`);
    try {
      return new TextDecoder().decode(await readZipEntry(bytes, entry, budget));
    } catch (cause) {
      throw zipError(cause, file);
    }
  };

  const sheets = [...elements(await part("xl/workbook.xml"))].filter(({ name }) => name === "sheet");
  const wanted = sheet === undefined ? sheets[0] : sheets.find(({ attributes }) => attributes.name === sheet);
  if (!wanted) throw damaged(file, sheet === undefined ? "it has no sheet." : `it has no sheet "${sheet}".`);
  const relations = [...elements(await part("xl/_rels/workbook.xml.rels"))];
  const target = relations.find(({ attributes }) => attributes.Id === wanted.attributes.id)?.attributes
    .Target;
  if (target === undefined)
    throw damaged(file, `it does not say where the sheet "${wanted.attributes.name}" is.`);
  const shared = entries.has("xl/sharedStrings.xml") ? texts(await part("xl/sharedStrings.xml")) : [];
  const place = target.startsWith("/") ? target.slice(1) : `xl/${target}`;
  return readSheet(await part(place), shared, file);
}

function openArchive(bytes: Uint8Array, file: string, budget: Budget): Map<string, ZipEntry> {
  try {
    return readZipDirectory(bytes, budget);
  } catch (cause) {
    throw zipError(cause, file);
  }
}

/** What the zip reader says, as of a data set's file. */
function zipError(cause: unknown, file: string): unknown {
  return cause instanceof WeightsError ? damaged(file, cause.message, cause) : cause;
}

function readSheet(xml: string, shared: readonly string[], file: string): Cell[][] {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let column = -1;
  let type: string | undefined;
  for (const { name, attributes, text } of elements(xml)) {
    if (name === "row") {
      row = [];
      rows.push(row);
      column = -1;
    } else if (name === "c") {
      column = attributes.r === undefined ? column + 1 : columnOf(attributes.r);
      type = attributes.t;
      if (!(column >= 0 && column < maxColumns)) throw damaged(file, `a cell is at "${attributes.r}".`);
    } else if (name === "v" && column >= 0) {
      row[column] = cellOf(type, text, shared, file);
    } else if (name === "t" && column >= 0) {
      row[column] = `${row[column] ?? ""}${text}`;
    }
  }
  return rows;
}

function cellOf(type: string | undefined, text: string, shared: readonly string[], file: string): Cell {
  if (type === "s") {
    const value = shared[Number(text)];
    if (value === undefined)
      throw damaged(file, `a cell refers to the shared text ${text}, of ${shared.length}.`);
    return value;
  }
  return type === undefined || type === "n" ? Number(text) : text;
}

/** The shared texts; one that changes its style within has several parts. */
function texts(xml: string): string[] {
  const found: string[] = [];
  for (const { name, text } of elements(xml)) {
    if (name === "si") found.push("");
    else if (name === "t" && found.length > 0) found[found.length - 1] += text;
  }
  return found;
}

/** The column of a reference such as AB12, the first 0; -1 where it is none. */
function columnOf(reference: string): number {
  const [letters] = /^[A-Z]{1,3}(?=\d+$)/.exec(reference) ?? [""];
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

interface XmlElement {
  /** Without its namespace's prefix, as those of its attributes are. */
  name: string;
  attributes: Record<string, string>;
  /** What follows its start, up to the next tag. */
  text: string;
}

/** The starts of an XML text's elements, in order; each character is looked at once. */
function* elements(xml: string): Generator<XmlElement> {
  for (let at = xml.indexOf("<"); at >= 0; ) {
    const end = xml.indexOf(">", at);
    if (end < 0) return;
    const next = xml.indexOf("<", end);
    const tag = xml.slice(at + 1, end);
    const [, name] = /^(?:[\w.-]+:)?([\w.-]+)/.exec(tag) ?? [];
    if (name !== undefined) {
      const pairs = [...tag.matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
      const attributes = Object.fromEntries(pairs.map(([, key, a, b]) => [key, unescaped(a ?? b)]));
      const closed = tag.endsWith("/");
      yield {
        name,
        attributes,
        text: closed ? "" : unescaped(xml.slice(end + 1, next < 0 ? undefined : next)),
      };
    }
    at = next;
  }
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
