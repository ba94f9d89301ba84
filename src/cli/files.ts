/** From the operands of a command to the pictures that they name. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type BpclipError, ImageError } from "../errors.js";
import { glob, isGlob } from "./glob.js";

/** A picture to score, or an operand that names none. */
export interface Source {
  path: string;
  error?: BpclipError;
}

/** Files that are taken from a folder; a file that is named itself may have any name. */
export const imageName = /\.(png|jpe?g|jfif|webp|avif|heic|heif|tiff?|gif|bmp)$/i;

/**
 * The pictures that operands name, in the order of the operands: files and URLs as they are, folders walked (sorted,
 * without hidden names, links to folders not followed), globs expanded.
 */
export async function findPictures(operands: readonly string[]): Promise<Source[]> {
  const found = await Promise.all(operands.map(expand));
  return found.flat();
}

async function expand(operand: string): Promise<Source[]> {
  if (/^https?:\/\//i.test(operand)) return [{ path: operand }];
  const kind = await kindOf(operand);
  if (kind === "folder") return inFolder(operand);
  if (kind === undefined && isGlob(operand)) return matching(operand);
  // A file that is not there is reported when it is read, as one that cannot be read is.
  return [{ path: operand }];
}

async function inFolder(folder: string): Promise<Source[]> {
  const paths = await walk(folder);
  return paths.length > 0
    ? paths.map((path) => ({ path }))
    : [nothing(folder, "There is no picture in this folder.")];
}

async function matching(pattern: string): Promise<Source[]> {
  const matches = await glob(pattern);
  const walked = await Promise.all(
    matches.map(async (path) => ((await kindOf(path)) === "folder" ? walk(path) : [path])),
  );
  const paths = new Set(walked.flat());
  return paths.size > 0 ? [...paths].map((path) => ({ path })) : [nothing(pattern, "No file matches.")];
}

async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  visible.sort((a, b) => (a.name < b.name ? -1 : 1));
  const paths = await Promise.all(
    visible.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return walk(path);
      return imageName.test(entry.name) && (await kindOf(path)) === "file" ? [path] : [];
    }),
  );
  return paths.flat();
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? "folder" : "file"),
    () => undefined,
  );
}

function nothing(path: string, message: string): Source {
  return { path, error: new ImageError("IMAGE_FILE", message, "Check the path.") };
}
