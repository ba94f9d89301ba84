/** A file that a command makes: there as a whole or not at all, and in the place of another only when that is asked for. */
import { randomUUID } from "node:crypto";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { BpclipError } from "../errors.js";

/**
 * Checks that a file may be made, before there is any work for it.
 * @param force Whether it may take another's place.
 * @throws BpclipError OUTPUT_EXISTS, OUTPUT_FILE (it is a folder).
 */
export async function requireFree(path: string, force = false): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found || (force && found.isFile())) return;
  if (!found.isFile()) {
    throw new BpclipError("OUTPUT_FILE", `${path} is not a file.`, "Give the name of a file to write.");
  }
  throw new BpclipError(
    "OUTPUT_EXISTS",
    `${path} is there already.`,
    "Give another name, or --force to replace it.",
  );
}

/**
 * Writes a file beside its place, and then moves it there.
 * @throws BpclipError OUTPUT_FILE, after which nothing is left behind.
 */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(beside, bytes, { flag: "wx" });
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new BpclipError(
      "OUTPUT_FILE",
      `${path} cannot be written: ${(cause as Error).message}.`,
      "Check that its folder is there, may be written to, and has room.",
      { cause },
    );
  }
}
