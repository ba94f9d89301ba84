/**
 * The safetensors format, in and out: 8 bytes of little-endian header length, a JSON header that gives each tensor's
 * dtype, shape and byte range, then the tensors, back to back. A file comes from anywhere, so nothing in it is
 * believed before it is checked. Data are little-endian, as is every platform with WebGPU.
 */
import { WeightsError } from "../errors.js";
import { isObject, quote as quoteJson } from "../json.js";
import { decodeFloat16, encodeFloat16 } from "./float16.js";

/** Bytes an element. */
const elementSize = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof elementSize;

/** A tensor inside a file; `data` are the file's own bytes, row-major, at any alignment. */
export interface TensorView {
  name: string;
  dtype: Dtype;
  shape: number[];
  data: Uint8Array;
}

export interface SafetensorsFile {
  /** The header's `__metadata__`; empty where it has none. */
  metadata: Record<string, string>;
  tensors: Map<string, TensorView>;
}

/** What a file's header says of the rest. */
export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, Entry>;
  /** Where the tensors' bytes begin. */
  dataStart: number;
}

/** What `writeSafetensors` writes; stored as F32 unless `dtype` says otherwise. */
export interface WritableTensor {
  shape: readonly number[];
  data: Float32Array;
  dtype?: "F32" | "F16";
}

/** The bound of the reference implementation. */
const maxHeaderBytes = 100_000_000;

const notDamaged = "Download or export the file again: it is damaged, or was not written as safetensors.";
const notAnotherFile = "Check that the source is a safetensors file, not a web page or a Git LFS pointer.";

/**
 * Parses a safetensors file without copying its tensors.
 * @throws WeightsError WEIGHTS_TRUNCATED, WEIGHTS_TRAILING (the file is shorter or longer than its header says),
 * WEIGHTS_HEADER (the header is no such JSON), WEIGHTS_DUPLICATE, WEIGHTS_DTYPE, WEIGHTS_SHAPE (not sizes, or not the
 * size of the byte range), WEIGHTS_OFFSETS (not ranges, overlapping, or with holes).
 */
export function readSafetensors(bytes: ArrayBuffer | Uint8Array): SafetensorsFile {
  const file = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const { metadata, tensors: entries, dataStart } = readHeader(file);
  const data = file.subarray(dataStart);
  checkCoverage([...entries.values()], data.length);

  const tensors = new Map<string, TensorView>();
  for (const { name, dtype, shape, begin, end } of entries.values()) {
    tensors.set(name, { name, dtype, shape, data: data.subarray(begin, end) });
  }
  return { metadata, tensors };
}

/**
 * Whether the first bytes of a file hold its whole header.
 * @throws WeightsError WEIGHTS_HEADER for one that is too long to be true.
 */
export function holdsHeader(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes.length >= endOfHeader(bytes);
}

/**
 * Parses the header of a file of which no more need be there.
 * @throws WeightsError as `readSafetensors`, but for what only the rest of the file can show.
 */
export function readHeader(file: Uint8Array): SafetensorsHeader {
  const { header, dataStart } = parseHeader(file);
  let metadata: Record<string, string> = {};
  const tensors = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(value);
    else tensors.set(name, checkEntry(name, value));
  }
  return { metadata, tensors, dataStart };
}

/**
 * A floating-point tensor's values as f32: exact from F32, F16 and BF16, rounded from F64. Aligned F32 is not copied:
 * the result is then a view of the file, not to be written to.
 * @throws WeightsError WEIGHTS_DTYPE (not a floating-point dtype of 16 bits or more), WEIGHTS_NOT_FINITE (a NaN or an
 * infinity, also by rounding from F64).
 */
export function toFloat32(tensor: TensorView): Float32Array {
  const values = convert(tensor);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new WeightsError(
        "WEIGHTS_NOT_FINITE",
        `Tensor ${quote(tensor.name)} holds ${values[i]} at index ${i}.`,
        "Export the checkpoint again from a training run that has not diverged.",
      );
    }
  }
  return values;
}

/**
 * A safetensors file of these tensors, F32 before F16 and otherwise in their own order; every tensor is aligned to
 * its elements. F16 is rounded to nearest, ties to even.
 * @throws WeightsError WEIGHTS_SHAPE (data not of the shape's size), WEIGHTS_NOT_FINITE (NaN or infinity, also by
 * rounding to F16), WEIGHTS_HEADER (a tensor named `__metadata__`).
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const encoded = [...tensors].map(([name, tensor]) => encode(name, tensor));
  // Wide elements first keep all of them aligned without padding, which the format forbids between tensors.
  encoded.sort((a, b) => elementSize[b.dtype] - elementSize[a.dtype]);

  let end = 0;
  const entries = encoded.map(({ name, dtype, shape, data }): [string, unknown] => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  if (Object.keys(metadata).length > 0) entries.unshift(["__metadata__", metadata]);
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));

  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.fill(0x20, 8, dataStart);
  file.set(json, 8);
  let offset = dataStart;
  for (const { data } of encoded) {
    file.set(data, offset);
    offset += data.byteLength;
  }
  return file;
}

/** A tensor as a header describes it; its bytes are counted from where the data begin. */
interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

/** Where the header ends, by what the file's first 8 bytes say. */
function endOfHeader(file: Uint8Array): number {
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > maxHeaderBytes) throw headerError(`its length is given as ${length} bytes`, notAnotherFile);
  return 8 + Number(length);
}

function parseHeader(file: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (file.length < 8) {
    throw new WeightsError(
      "WEIGHTS_TRUNCATED",
      `The weights are ${file.length} bytes long: too short for a safetensors file.`,
      notAnotherFile,
    );
  }
  const dataStart = endOfHeader(file);
  if (dataStart > file.length) {
    throw new WeightsError(
      "WEIGHTS_TRUNCATED",
      `The safetensors header should end at byte ${dataStart}, and the file ends at byte ${file.length}.`,
      notDamaged,
    );
  }

  let json: string;
  let header: unknown;
  try {
    json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file.subarray(8, dataStart));
    header = JSON.parse(json);
  } catch (cause) {
    throw headerError("it is not JSON in UTF-8", notAnotherFile, { cause });
  }
  if (!isObject(header)) throw headerError("it is not a JSON object", notAnotherFile);
  const duplicate = findDuplicateName(json);
  if (duplicate !== undefined) {
    throw new WeightsError(
      "WEIGHTS_DUPLICATE",
      `The safetensors header has the name ${quote(duplicate)} twice in one object.`,
      notDamaged,
    );
  }
  return { header, dataStart };
}

/** The first name that occurs twice in one object of this valid JSON: JSON.parse keeps the last and says nothing. */
function findDuplicateName(json: string): string | undefined {
  const objects: Set<string>[] = [];
  let literal = "";
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === "{") objects.push(new Set());
    else if (character === "}") objects.pop();
    else if (character === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
      literal = json.slice(start, i + 1);
    } else if (character === ":") {
      // Outside of strings a colon always follows a name.
      const name: string = JSON.parse(literal);
      const names = objects[objects.length - 1];
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

function checkMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw headerError("its __metadata__ is not an object", notDamaged);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string")
      throw headerError(`its __metadata__.${quote(key)} is not a string`, notDamaged);
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown): Entry {
  const refuse = (code: string, what: string, mend = notDamaged) =>
    new WeightsError(code, `Tensor ${quote(name)} ${what}.`, mend);

  if (!isObject(value)) throw refuse("WEIGHTS_HEADER", "is not described by an object");
  const { dtype, shape, data_offsets: offsets } = value;

  if (typeof dtype !== "string" || !Object.hasOwn(elementSize, dtype)) {
    const known = Object.keys(elementSize).join(", ");
    throw refuse("WEIGHTS_DTYPE", `has the dtype ${quote(dtype)}`, `Export it in one of ${known}.`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw refuse("WEIGHTS_SHAPE", `has the shape ${quote(shape)}, which is not a list of sizes`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0] > offsets[1]) {
    throw refuse("WEIGHTS_OFFSETS", `has the data_offsets ${quote(offsets)}, which are not [begin, end]`);
  }

  const [begin, end] = offsets as [number, number];
  // A product beyond 2^53 is inexact, but can equal no byte range, which is below 2^53.
  const size = shape.reduce((product, side) => product * side, elementSize[dtype as Dtype]);
  if (!Number.isSafeInteger(size) || size !== end - begin) {
    throw refuse("WEIGHTS_SHAPE", `is ${dtype} ${quote(shape)}, ${size} bytes, and has ${end - begin} bytes`);
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCoverage(entries: Entry[], dataLength: number): void {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const what = entry.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw new WeightsError(
        "WEIGHTS_OFFSETS",
        `Tensor ${quote(entry.name)} begins at byte ${entry.begin} of the data and ${what}, which ends at byte ${end}.`,
        notDamaged,
      );
    }
    end = entry.end;
    if (end > dataLength) {
      throw new WeightsError(
        "WEIGHTS_TRUNCATED",
        `Tensor ${quote(entry.name)} ends at byte ${end} of the data, and the file holds ${dataLength} bytes of data.`,
        notDamaged,
      );
    }
  }
  if (end < dataLength) {
    throw new WeightsError(
      "WEIGHTS_TRAILING",
      `The tensors end at byte ${end} of the data, and the file holds ${dataLength} bytes of data.`,
      notDamaged,
    );
  }
}

function convert({ name, dtype, data }: TensorView): Float32Array {
  switch (dtype) {
    case "F32":
      return new Float32Array(...aligned(data, 4));
    case "F16":
      return decodeFloat16(new Uint16Array(...aligned(data, 2)));
    case "BF16":
      // The upper half of an f32.
      return new Float32Array(
        Uint32Array.from(new Uint16Array(...aligned(data, 2)), (bits) => bits << 16).buffer,
      );
    case "F64":
      return Float32Array.from(new Float64Array(...aligned(data, 8)));
    default:
      throw new WeightsError(
        "WEIGHTS_DTYPE",
        `Tensor ${quote(name)} is ${dtype}, not a floating-point tensor.`,
        "Export weights as F32, F16, BF16 or F64.",
      );
  }
}

/** The arguments of a typed array over `data`: on the file itself where its alignment allows, else on a copy. */
function aligned(data: Uint8Array, size: number): [ArrayBufferLike, number, number] {
  // Uint8Array.from and not slice: a Node Buffer's slice shares its memory.
  const { buffer, byteOffset } = data.byteOffset % size === 0 ? data : Uint8Array.from(data);
  return [buffer, byteOffset, data.byteLength / size];
}

function encode(name: string, { shape, data, dtype = "F32" }: WritableTensor) {
  if (name === "__metadata__") {
    throw new WeightsError(
      "WEIGHTS_HEADER",
      "No tensor may be named __metadata__.",
      "Name the tensor otherwise.",
    );
  }
  const size = shape.reduce((product, side) => product * side, 1);
  if (!shape.every(isSize) || size !== data.length) {
    throw new WeightsError(
      "WEIGHTS_SHAPE",
      `Tensor ${quote(name)} is given the shape ${quote(shape)} and ${data.length} values.`,
      "Give as many values as the shape has places.",
    );
  }
  const stored = dtype === "F16" ? encodeFloat16(data) : data;
  const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  toFloat32({ name, dtype, shape: [...shape], data: bytes });
  return { name, dtype, shape, data: bytes };
}

function headerError(what: string, mend: string, options?: ErrorOptions): WeightsError {
  return new WeightsError("WEIGHTS_HEADER", `The safetensors header cannot be read: ${what}.`, mend, options);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** JSON of something from the header; tensors have long names. */
function quote(value: unknown): string {
  return quoteJson(value, 120);
}
