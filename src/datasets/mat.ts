/**
 * MATLAB's files of variables, version 5 (`save -v6` and `-v7`), as LIVE and CLIVE have them: arrays of numbers, texts,
 * and cells of these. Structures, sparse arrays and objects are passed over. A file comes from anywhere: every length
 * is checked against what is there, and what is inflated is bounded.
 */
import { constants, inflateSync } from "node:zlib";
import { damaged } from "./problems.js";

export type MatValue =
  | { kind: "numbers"; dims: number[]; values: Float64Array }
  | { kind: "text"; text: string }
  | { kind: "cells"; dims: number[]; cells: MatValue[] }
  | { kind: "other" };

/** Kinds of elements that are not numbers. */
const element = { matrix: 14, compressed: 15, utf8: 16, utf16: 17 } as const;

/** Classes of arrays; 6 to 15 are numbers, double and single first. */
const arrayClass = { cell: 1, char: 4, firstNumber: 6, lastNumber: 15 } as const;

const readers: Record<
  number,
  { size: number; get: (view: DataView, at: number, little: boolean) => number }
> = {
  1: { size: 1, get: (view, at) => view.getInt8(at) },
  2: { size: 1, get: (view, at) => view.getUint8(at) },
  3: { size: 2, get: (view, at, little) => view.getInt16(at, little) },
  4: { size: 2, get: (view, at, little) => view.getUint16(at, little) },
  5: { size: 4, get: (view, at, little) => view.getInt32(at, little) },
  6: { size: 4, get: (view, at, little) => view.getUint32(at, little) },
  7: { size: 4, get: (view, at, little) => view.getFloat32(at, little) },
  9: { size: 8, get: (view, at, little) => view.getFloat64(at, little) },
  12: { size: 8, get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { size: 8, get: (view, at, little) => Number(view.getBigUint64(at, little)) },
  [element.utf8]: { size: 1, get: (view, at) => view.getUint8(at) },
  [element.utf16]: { size: 2, get: (view, at, little) => view.getUint16(at, little) },
};

const headerBytes = 128;

/** What all variables of a file may inflate to; LIVE's and CLIVE's have less than 1 MiB. */
const maxInflated = 64 * 2 ** 20;

/** Cells within cells. */
const maxDepth = 8;

/**
 * The variables of a file by name.
 * @param file Its name, for messages.
 * @throws DatasetError DATASET_DAMAGED.
 */
export function readMat(bytes: Uint8Array, file: string): Map<string, MatValue> {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, headerBytes));
  if (start.startsWith("MATLAB 7.3")) {
    throw damaged(file, "this is MATLAB 7.3's format, which is not read; save it with -v7.");
  }
  const order = start.slice(126, 128);
  if (order !== "IM" && order !== "MI") throw damaged(file, "this is no MATLAB file of version 5.");
  return new MatReader(file, order === "IM").variables(bytes.subarray(headerBytes));
}

/** The bytes of an element, and where the next begins. */
interface Element {
  type: number;
  data: Uint8Array;
  next: number;
}

class MatReader {
  #inflated = 0;

  constructor(
    private readonly file: string,
    private readonly little: boolean,
  ) {}

  variables(bytes: Uint8Array): Map<string, MatValue> {
    const found = new Map<string, MatValue>();
    for (let at = 0; at < bytes.length; ) {
      let { type, data, next } = this.#element(bytes, at);
      at = next;
      if (type === element.compressed) ({ type, data } = this.#element(this.#inflate(data), 0));
      if (type !== element.matrix) continue;
      const { name, value } = this.#matrix(data, 0);
      found.set(name, value);
    }
    return found;
  }

  #matrix(bytes: Uint8Array, depth: number): { name: string; value: MatValue } {
    if (depth > maxDepth) throw damaged(this.file, "its cells are nested too deeply.");
    // An empty cell is an element without anything in it.
    if (bytes.length === 0)
      return { name: "", value: { kind: "numbers", dims: [0, 0], values: new Float64Array() } };
    const flags = this.#element(bytes, 0);
    const sizes = this.#element(bytes, flags.next);
    const name = this.#element(bytes, sizes.next);
    const kind = this.#numbers(flags)[0] & 0xff;
    const dims = [...this.#numbers(sizes)];
    const count = dims.reduce((product, size) => product * size, 1);
    if (!(count >= 0 && count <= bytes.length * 8))
      throw damaged(this.file, `an array cannot be ${dims.join("×")}.`);
    const value = this.#content(bytes, name.next, kind, dims, count, depth);
    return { name: new TextDecoder("latin1").decode(name.data), value };
  }

  #content(
    bytes: Uint8Array,
    at: number,
    kind: number,
    dims: number[],
    count: number,
    depth: number,
  ): MatValue {
    if (kind === arrayClass.cell) {
      const cells: MatValue[] = [];
      for (let i = 0; i < count; i++) {
        const cell = this.#element(bytes, at);
        if (cell.type !== element.matrix) throw damaged(this.file, "a cell holds no array.");
        cells.push(this.#matrix(cell.data, depth + 1).value);
        at = cell.next;
      }
      return { kind: "cells", dims, cells };
    }
    const isNumber = kind >= arrayClass.firstNumber && kind <= arrayClass.lastNumber;
    if (!isNumber && kind !== arrayClass.char) return { kind: "other" };
    const content = this.#element(bytes, at);
    if (kind === arrayClass.char && content.type === element.utf8) {
      return { kind: "text", text: new TextDecoder().decode(content.data) };
    }
    const values = this.#numbers(content);
    if (values.length !== count) {
      throw damaged(this.file, `an array of ${dims.join("×")} has ${values.length} values.`);
    }
    if (isNumber) return { kind: "numbers", dims, values };
    return { kind: "text", text: Array.from(values, (code) => String.fromCharCode(code)).join("") };
  }

  /** A short element has its type, its size and up to 4 bytes in 8; a long one is padded to 8, unless it is compressed. */
  #element(bytes: Uint8Array, at: number): Element {
    const ends = () => damaged(this.file, "it ends before an element of it does.");
    if (at + 8 > bytes.length) throw ends();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const first = view.getUint32(at, this.little);
    const short = first >>> 16;
    const type = short > 0 ? first & 0xffff : first;
    const size = short > 0 ? short : view.getUint32(at + 4, this.little);
    if (short > 4) throw damaged(this.file, `a short element says that it has ${short} bytes.`);
    const begin = at + (short > 0 ? 4 : 8);
    if (begin + size > bytes.length) throw ends();
    const padded = type === element.compressed ? size : Math.ceil(size / 8) * 8;
    return { type, data: bytes.subarray(begin, begin + size), next: short > 0 ? at + 8 : begin + padded };
  }

  #numbers({ type, data }: Element): Float64Array {
    const reader = readers[type];
    if (!reader || data.length % reader.size !== 0) {
      throw damaged(this.file, `${data.length} bytes of kind ${type} are no numbers.`);
    }
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return Float64Array.from({ length: data.length / reader.size }, (_, i) =>
      reader.get(view, i * reader.size, this.little),
    );
  }

  #inflate(data: Uint8Array): Uint8Array {
    try {
      // MATLAB's streams may lack their end; the element inside says itself how long it is.
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxInflated - this.#inflated };
      const inflated = inflateSync(data, options);
      this.#inflated += inflated.length;
      return inflated;
    } catch (cause) {
      throw damaged(this.file, `a variable cannot be inflated: ${(cause as Error).message}.`, cause);
    }
  }
}

/**
 * A variable's numbers, in column order.
 * @throws DatasetError DATASET_DAMAGED (there is none of that name, or it is something else).
 */
export function matNumbers(
  variables: ReadonlyMap<string, MatValue>,
  name: string,
  file: string,
): Float64Array {
  const value = variables.get(name);
  if (value?.kind === "numbers") return value.values;
  throw damaged(file, `it has no array of numbers "${name}".`);
}

/**
 * A variable's texts, one a cell.
 * @throws DatasetError DATASET_DAMAGED (there is none of that name, or it is something else).
 */
export function matTexts(variables: ReadonlyMap<string, MatValue>, name: string, file: string): string[] {
  const value = variables.get(name);
  if (value?.kind !== "cells") throw damaged(file, `it has no cells "${name}".`);
  return value.cells.map((cell) => {
    if (cell.kind !== "text") throw damaged(file, `a cell of "${name}" is no text.`);
    return cell.text;
  });
}
