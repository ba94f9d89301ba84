/**
 * What the dev dependency @sparticuz/chromium carries for Linux on x64: a headless Chromium, the libraries that it may
 * want, and SwiftShader, each in a compressed file of its own.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

interface PackagedFile {
  name: string;
  data: Buffer;
}

/** Where things are unpacked to. */
export const cacheFolder = fileURLToPath(new URL("../../.cache", import.meta.url));

/** The path of one of the package's files, such as "chromium.br"; undefined where there is no package to run here. */
export function findPackaged(name: string): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  try {
    const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
    const scope = join("@sparticuz", "chromium");
    const path = join(entry.slice(0, entry.lastIndexOf(scope)), scope, "bin", name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

export function readPackaged(path: string): Buffer {
  return brotliDecompressSync(readFileSync(path));
}

/** The files of a tar archive; enough of the format for plain files with short names. */
export function* readTar(archive: Buffer): Generator<PackagedFile> {
  for (let at = 0; archive[at] !== 0 && at < archive.length; ) {
    const text = (offset: number, length: number) =>
      archive.toString("latin1", at + offset, at + offset + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    const isFile = ["0", ""].includes(text(156, 1));
    if (isFile) yield { name: text(0, 100), data: archive.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
