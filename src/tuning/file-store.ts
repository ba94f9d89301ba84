/** Tuning tables as files, in the folder where this system keeps what can be made again. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { TuningStore } from "./store.js";

/** @param folder By default that of the user's caches, at each call as the environment has it then. */
export function fileStore(folder: () => string = cacheFolder): TuningStore {
  const pathOf = (name: string) => join(folder(), fileName(name));
  return {
    async read(name) {
      try {
        return await readFile(pathOf(name), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(name, text) {
      const path = pathOf(name);
      await mkdir(folder(), { recursive: true });
      // Beside its place first: another process may be reading.
      const beside = `${path}.${process.pid}.tmp`;
      await writeFile(beside, text);
      await rename(beside, path);
      return path;
    },
  };
}

/** `bpclip/tuning` in ~/.cache or XDG_CACHE_HOME; on macOS in ~/Library/Caches, on Windows in %LOCALAPPDATA%. */
export function cacheFolder(
  platform: string = process.platform,
  env: Record<string, string | undefined> = process.env,
): string {
  const home = homedir();
  const caches: Record<string, string | undefined> = {
    darwin: join(home, "Library", "Caches"),
    win32: env.LOCALAPPDATA || join(home, "AppData", "Local"),
  };
  return join(caches[platform] ?? (env.XDG_CACHE_HOME || join(home, ".cache")), "bpclip", "tuning");
}

/** "llvmpipe (LLVM 19.1, 256 bits)" → "llvmpipe-llvm-19.1-256-bits.json". */
function fileName(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+(\.[a-z0-9]+)*/g) ?? ["unnamed"];
  return `${words.join("-")}.json`;
}
