/**
 * The tensors of a file that PyTorch wrote, by `torch.save` (from 1.6 on) or `torch.jit.save`: a zip archive with a
 * pickle `data.pkl`, and the bytes of each storage in an entry of its own. Nothing in the file is run, and it may come
 * from anywhere.
 */
import { WeightsError } from "../../errors.js";
import type { TensorView } from "../safetensors.js";
import { Budget } from "./budget.js";
import { contiguousBytes } from "./contiguous.js";
import { readPickle } from "./pickle.js";
import { badStorage, badZip, quote } from "./problems.js";
import { nameValues } from "./tensor-names.js";
import type { StorageRef, TensorRef } from "./values.js";
import { readZipDirectory, readZipEntry, type ZipEntry } from "./zip.js";

export interface TorchFile {
  /** By dotted name (`state_dict.layer1.0.conv1.weight`), in the file's order; their data row-major. */
  tensors: Map<string, TensorView>;
  /** The texts beside them, by dotted name. */
  texts: ReadonlyMap<string, string>;
}

/** The tensors of `openTorchFile`, which see. */
export async function readTorchFile(
  source: ArrayBuffer | Uint8Array,
  budget?: Budget,
): Promise<Map<string, TensorView>> {
  const { tensors } = await openTorchFile(source, budget);
  return tensors;
}

/**
 * Reads every tensor and text of a state dict, a checkpoint of nested dicts and lists, or a TorchScript module.
 * @param source The file; it is kept, as contiguous tensors are views of it, and must not change.
 * @param budget What reading may cost; afterwards, what it has cost.
 * @throws WeightsError WEIGHTS_NOT_TORCH, WEIGHTS_LEGACY (written by PyTorch before 1.6 or as it did then),
 * WEIGHTS_TRUNCATED, WEIGHTS_ZIP, WEIGHTS_PICKLE (damaged), WEIGHTS_BYTE_ORDER (big-endian), WEIGHTS_UNSAFE (it asks for
 * code to be run, as every file does that holds more than tensors and plain values), WEIGHTS_DTYPE (sparse, quantised
 * or complex tensors and the like), WEIGHTS_STORAGE (tensors without, or beyond, their data), WEIGHTS_DUPLICATE,
 * WEIGHTS_TOO_LARGE.
 */
export async function openTorchFile(
  source: ArrayBuffer | Uint8Array,
  budget = new Budget(),
): Promise<TorchFile> {
  const file = source instanceof Uint8Array ? source : new Uint8Array(source);
  checkKind(file);
  const entries = readZipDirectory(file, budget);
  const prefix = findPrefix(entries);
  const read = (entry: ZipEntry) => readZipEntry(file, entry, budget);

  const byteOrder = entries.get(`${prefix}byteorder`);
  if (byteOrder) checkByteOrder(await read(byteOrder));
  const root = readPickle(await read(entries.get(`${prefix}data.pkl`)!), budget);

  const storages = new Map<string, Uint8Array>();
  const storageBytes = async (storage: StorageRef): Promise<Uint8Array> => {
    const entry = entries.get(`${prefix}data/${storage.key}`);
    if (!entry) throw badStorage(`The file has no data for its storage ${quote(storage.key)}.`);
    const needed = storage.length * storage.elementSize;
    if (entry.size < needed) {
      throw badStorage(
        `The storage ${quote(storage.key)} needs ${needed} bytes, and the file has ${entry.size}.`,
      );
    }
    const bytes = storages.get(storage.key) ?? (await read(entry));
    storages.set(storage.key, bytes);
    return bytes;
  };

  const data = new Map<TensorRef, Uint8Array>();
  const tensors = new Map<string, TensorView>();
  const named = nameValues(root, budget);
  for (const [name, tensor] of named.tensors) {
    const bytes = data.get(tensor) ?? contiguousBytes(tensor, await storageBytes(tensor.storage), budget);
    data.set(tensor, bytes);
    tensors.set(name, { name, dtype: tensor.storage.dtype, shape: [...tensor.shape], data: bytes });
  }
  return { tensors, texts: named.texts };
}

/** What all of the archive's names begin with: its own name and a slash. */
function findPrefix(entries: ReadonlyMap<string, ZipEntry>): string {
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length === 1) return pickles[0].slice(0, -"data.pkl".length);
  if (pickles.length > 1) throw badZip(`The archive has ${pickles.length} pickles named data.pkl.`);
  throw notTorch("It is a zip archive, but has no data.pkl, as files of PyTorch have.");
}

function checkByteOrder(bytes: Uint8Array): void {
  const order = new TextDecoder().decode(bytes.subarray(0, 20)).trim();
  if (order === "little") return;
  throw new WeightsError(
    "WEIGHTS_BYTE_ORDER",
    `The file's byte order is ${quote(order)}; only "little" is read.`,
    "Save it again on a little-endian machine: load it there, and torch.save its state dict.",
  );
}

/** Refuses what does not begin as a zip archive, and says what it is, if it is known. */
function checkKind(file: Uint8Array): void {
  const begins = (bytes: number[], at = 0) => bytes.every((byte, i) => file[at + i] === byte);
  if (begins([0x50, 0x4b, 0x03, 0x04]) || begins([0x50, 0x4b, 0x05, 0x06])) return;

  // A pickle's PROTO and LONG1 of PyTorch's magic number 0x1950a86a20f9469cfc6c, or "ustar" in a tar archive's header.
  const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const pickled = begins([0x80]) && begins(magic, 2);
  if (pickled || begins([0x75, 0x73, 0x74, 0x61, 0x72], 257)) {
    throw new WeightsError(
      "WEIGHTS_LEGACY",
      `The file is in the format of PyTorch before 1.6, ${pickled ? "several pickles" : "a tar archive"} and no zip.`,
      "Load it in a newer PyTorch and save it again: torch.save(torch.load(path, weights_only=True), path).",
    );
  }
  if (begins([0x80])) throw notTorch("It is a pickle, but none of PyTorch's.");
  if (begins([0x7b], 8)) throw notTorch("It seems to be a safetensors file.");
  throw notTorch(`It begins with ${quote(new TextDecoder().decode(file.subarray(0, 16)))}.`);
}

function notTorch(what: string): WeightsError {
  return new WeightsError(
    "WEIGHTS_NOT_TORCH",
    `The file is not one that torch.save or torch.jit.save has written. ${what}`,
    "Check that the source is PyTorch's file, not a web page or a Git LFS pointer.",
  );
}
