/**
 * Zip archives, zip64 included, over bytes in memory. An archive comes from anywhere: it is opened only if its
 * directory and its entries lie within it, agree with each other and overlap nowhere.
 */
import { WeightsError } from "../../errors.js";
import { type Budget, cost } from "./budget.js";
import { badZip, quote } from "./problems.js";

/** A file in an archive; `start` is where its `compressedSize` bytes begin. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated; no other is read. */
  readonly method: number;
  readonly start: number;
  readonly compressedSize: number;
  /** Bytes once inflated, as the directory declares them. */
  readonly size: number;
}

const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;

/** In a field of 16 or 32 bits: the value is in the zip64 record. */
const absent16 = 0xffff;
const absent32 = 0xffffffff;

const flag = { encrypted: 1 << 0, sizesFollowData: 1 << 3 } as const;

/** Deflate's best: 258 bytes from two bits. */
const maxRatio = 1032;

/** Compressed bytes that are inflated at a time, as a platform may inflate all that it is given at once. */
const sliceBytes = 16384;

/**
 * The entries of an archive by name, in its directory's order.
 * @throws WeightsError WEIGHTS_TRUNCATED (no end of the archive), WEIGHTS_ZIP (damaged, encrypted, in several parts, with
 * overlapping entries, or with a name twice), WEIGHTS_TOO_LARGE.
 */
export function readZipDirectory(file: Uint8Array, budget: Budget): Map<string, ZipEntry> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const directory = findDirectory(view);
  const entries = new Map<string, ZipEntry>();
  const ranges: [begin: number, end: number][] = [];

  let at = directory.start;
  for (let i = 0; i < directory.entries; i++) {
    budget.step();
    budget.allocate(cost.object + cost.mapEntry + cost.list, "the archive's directory");
    const record = readCentralRecord(file, view, at, directory.end);
    budget.allocate(cost.string + 2 * record.name.length, "the archive's directory");
    if (entries.has(record.name)) throw badZip(`The archive has the entry ${quote(record.name)} twice.`);
    const entry = locate(file, view, record, directory.start);
    entries.set(entry.name, entry);
    ranges.push([record.header, entry.start + entry.compressedSize]);
    at = record.end;
  }
  if (at !== directory.end) {
    throw badZip(`The archive's directory ends at byte ${at}, and should end at byte ${directory.end}.`);
  }

  ranges.sort(([a], [b]) => a - b);
  for (let i = 1; i < ranges.length; i++) {
    if (ranges[i][0] < ranges[i - 1][1]) {
      throw badZip(`The archive's entries overlap at byte ${ranges[i][0]}.`);
    }
  }
  return entries;
}

/**
 * An entry's bytes: of a stored one the file's own, of a deflated one new ones. Checksums are not looked at, as
 * PyTorch neither checks them nor always writes them.
 * @throws WeightsError WEIGHTS_ZIP (neither stored nor deflated, damaged, or not of the declared size),
 * WEIGHTS_TOO_LARGE.
 */
export async function readZipEntry(file: Uint8Array, entry: ZipEntry, budget: Budget): Promise<Uint8Array> {
  const { name, method, start, compressedSize, size } = entry;
  const data = file.subarray(start, start + compressedSize);
  if (method === 0 && size === compressedSize) return data;
  if (method !== 0 && method !== 8) {
    throw badZip(`The archive's entry ${quote(name)} is compressed by method ${method}, not by deflate.`);
  }
  if (method === 0 || size > maxRatio * compressedSize) {
    throw badZip(`The archive's entry ${quote(name)} cannot be ${size} bytes in ${compressedSize}.`);
  }
  budget.allocate(size, `the archive's entry ${quote(name)}, ${size} bytes inflated`);
  return inflate(data, size, name);
}

interface Directory {
  start: number;
  end: number;
  entries: number;
}

/** Where the directory is, from the record at the archive's end or from the zip64 record before that. */
function findDirectory(view: DataView): Directory {
  const at = findEnd(view);
  const disks = [view.getUint16(at + 4, true), view.getUint16(at + 6, true), view.getUint16(at + 8, true)];
  const entries = view.getUint16(at + 10, true);
  const size = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);

  const locator = at - 20;
  if (locator < 0 || view.getUint32(locator, true) !== signature.locator64) {
    if (disks[0] !== 0 || disks[1] !== 0 || disks[2] !== entries) {
      throw badZip("The archive is a part of one in several parts.");
    }
    return checkDirectory({ start, end: start + size, entries }, at);
  }

  const record = readUint64(view, locator + 8);
  if (record + 56 > locator || view.getUint32(record, true) !== signature.end64) {
    throw badZip(`The archive's zip64 record is not at byte ${record}, where it should be.`);
  }
  if (record + 12 + readUint64(view, record + 4) !== locator) {
    throw badZip("The archive's zip64 record is not of the size that it says.");
  }
  const long = {
    entries: readUint64(view, record + 32),
    size: readUint64(view, record + 40),
    start: readUint64(view, record + 48),
  };
  if (
    view.getUint32(locator + 4, true) !== 0 ||
    view.getUint32(record + 16, true) !== 0 ||
    view.getUint32(record + 20, true) !== 0 ||
    readUint64(view, record + 24) !== long.entries
  ) {
    throw badZip("The archive is a part of one in several parts.");
  }
  const agrees =
    (entries === absent16 || entries === long.entries) &&
    (size === absent32 || size === long.size) &&
    (start === absent32 || start === long.start);
  if (!agrees) throw badZip("The archive's two end records contradict each other.");
  return checkDirectory({ start: long.start, end: long.start + long.size, entries: long.entries }, record);
}

/** The directory must end where the end records begin: nothing precedes or follows it unseen. */
function checkDirectory(directory: Directory, endRecords: number): Directory {
  if (directory.end !== endRecords) {
    throw badZip(
      `The archive's directory should end at byte ${endRecords}, and is said to end at byte ${directory.end}.`,
    );
  }
  return directory;
}

/** The place of the end record, which is the file's last but for a comment of up to 65,535 bytes. */
function findEnd(view: DataView): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 65535); at--) {
    if (view.getUint32(at, true) === signature.end && at + 22 + view.getUint16(at + 20, true) === last + 22) {
      return at;
    }
  }
  throw new WeightsError(
    "WEIGHTS_TRUNCATED",
    `The file begins as a zip archive and has no end of one in its ${view.byteLength} bytes.`,
    "Download or copy the file again: it is incomplete.",
  );
}

interface CentralRecord extends Omit<ZipEntry, "start"> {
  flags: number;
  nameBytes: Uint8Array;
  /** Where the entry's local header is. */
  header: number;
  /** Where the next record of the directory begins. */
  end: number;
}

function readCentralRecord(file: Uint8Array, view: DataView, at: number, limit: number): CentralRecord {
  const fits = (end: number) => {
    if (end > limit)
      throw badZip(`A record of the archive's directory, at byte ${at}, does not fit into it.`);
  };
  fits(at + 46);
  if (view.getUint32(at, true) !== signature.central) {
    throw badZip(`The archive's directory has no record at byte ${at}, where one should be.`);
  }
  const nameEnd = at + 46 + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const end = extraEnd + view.getUint16(at + 32, true);
  fits(end);

  const nameBytes = file.subarray(at + 46, nameEnd);
  const name = decodeName(nameBytes);
  const flags = view.getUint16(at + 8, true);
  if (flags & flag.encrypted) throw badZip(`The archive's entry ${quote(name)} is encrypted.`);

  // The zip64 field holds only those values that the record says are absent, in this order.
  let [field, fieldEnd] = findZip64Field(view, nameEnd, extraEnd);
  const orZip64 = (value: number) => {
    if (value !== absent32) return value;
    if (field + 8 > fieldEnd) throw badZip(`The archive's entry ${quote(name)} lacks its zip64 field.`);
    field += 8;
    return readUint64(view, field - 8);
  };
  const size = orZip64(view.getUint32(at + 24, true));
  const compressedSize = orZip64(view.getUint32(at + 20, true));
  const header = orZip64(view.getUint32(at + 42, true));
  return { name, nameBytes, flags, method: view.getUint16(at + 10, true), size, compressedSize, header, end };
}

/** The range of a zip64 field among a record's extra fields; an empty one where there is none. */
function findZip64Field(view: DataView, start: number, end: number): [start: number, end: number] {
  for (let at = start; at + 4 <= end; ) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && next <= end) return [at + 4, next];
    at = next;
  }
  return [end, end];
}

/** Finds an entry's bytes by its local header, which must agree with the directory. */
function locate(file: Uint8Array, view: DataView, record: CentralRecord, limit: number): ZipEntry {
  const { name, nameBytes, method, compressedSize, size, header } = record;
  const outside = () => badZip(`The archive's entry ${quote(name)} is not within it, before its directory.`);
  const disagrees = (what: string) =>
    badZip(`The archive's entry ${quote(name)} has another ${what} in the directory than at its data.`);

  if (header + 30 > limit) throw outside();
  if (view.getUint32(header, true) !== signature.local) {
    throw badZip(`The archive's entry ${quote(name)} is not at byte ${header}, where it should be.`);
  }
  const nameLength = view.getUint16(header + 26, true);
  const start = header + 30 + nameLength + view.getUint16(header + 28, true);
  if (start + compressedSize > limit) throw outside();

  const localName = file.subarray(header + 30, header + 30 + nameLength);
  if (nameLength !== nameBytes.length || nameBytes.some((byte, i) => byte !== localName[i])) {
    throw disagrees("name");
  }
  if (view.getUint16(header + 8, true) !== method) throw disagrees("method");
  // The sizes are 0 where they follow the data, and all ones where a zip64 field has them.
  const follow = (view.getUint16(header + 6, true) & flag.sizesFollowData) !== 0;
  const agrees = (local: number, central: number) =>
    local === central || local === absent32 || (follow && local === 0);
  if (
    !agrees(view.getUint32(header + 18, true), compressedSize) ||
    !agrees(view.getUint32(header + 22, true), size)
  ) {
    throw disagrees("size");
  }
  return { name, method, start, compressedSize, size };
}

/** Inflates into exactly `size` bytes, and no further. */
async function inflate(data: Uint8Array, size: number, name: string): Promise<Uint8Array> {
  const wrongSize = () =>
    badZip(`The archive's entry ${quote(name)} is not of the ${size} bytes that it should inflate to.`);
  let fed = 0;
  const slices = new ReadableStream<BufferSource>({
    pull(controller) {
      if (fed < data.length) controller.enqueue(data.subarray(fed, fed + sliceBytes) as BufferSource);
      else controller.close();
      fed += sliceBytes;
    },
  });
  const inflated = new Uint8Array(size);
  let length = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    reader = slices.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      if (length + step.value.length > size) throw wrongSize();
      inflated.set(step.value, length);
      length += step.value.length;
    }
  } catch (cause) {
    await reader?.cancel().catch(() => {});
    if (cause instanceof WeightsError) throw cause;
    throw badZip(`The archive's entry ${quote(name)} cannot be inflated.`, cause);
  }
  if (length !== size) throw wrongSize();
  return inflated;
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw badZip("The archive has an entry whose name is not UTF-8.", cause);
  }
}

/** Inexact beyond 2^53, which every bound is below. */
function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
