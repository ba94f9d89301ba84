/** The files of one model on disk, as the converter reads them. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BpclipError, WeightsError } from "../errors.js";
import type { ModelFiles } from "../weights/convert/model-files.js";
import { loadBytes } from "../weights/load.js";

/**
 * A file, or a folder's files.
 * @throws WeightsError WEIGHTS_FILE (there is none).
 */
export async function modelFiles(path: string): Promise<ModelFiles> {
  const found = await stat(path).catch((cause: Error) => {
    throw new WeightsError(
      "WEIGHTS_FILE",
      `${path} cannot be read: ${cause.message}.`,
      "Check the path and that it may be read.",
      { cause },
    );
  });
  if (!found.isDirectory()) {
    const folder = dirname(path);
    return { names: [basename(path)], read: (name) => loadBytes(join(folder, name), { readFile }) };
  }
  const names = (await readdir(path)).sort();
  return { names, read: (name) => loadBytes(join(path, name), { readFile }) };
}

/**
 * Checks that a file to write is none of the model's.
 * @param path The model's file or folder.
 * @throws BpclipError OUTPUT_INPUT.
 */
export async function requireNoInput(output: string, path: string, { names }: ModelFiles): Promise<void> {
  const place = await realpath(output).catch(() => undefined);
  if (place === undefined) return;
  const folder = (await stat(path)).isDirectory() ? path : dirname(path);
  for (const name of names) {
    if ((await realpath(join(folder, name)).catch(() => undefined)) !== place) continue;
    throw new BpclipError(
      "OUTPUT_INPUT",
      `${output} is what is converted, and is never overwritten.`,
      "Give another name to -o.",
    );
  }
}
