/** Node: files, our own decoders, and Dawn. */
import { readFile } from "node:fs/promises";
import type { Platform } from "../api/platform.js";
import { webPlatform } from "../api/web-platform.js";
import { ImageError } from "../errors.js";
import { decodeImage } from "../image/decode.js";
import { fileStore } from "../tuning/file-store.js";
import { requestNodeAdapter } from "./adapter.js";
import { sharpDecoder } from "./sharp.js";

export const nodePlatform = {
  requestAdapter: requestNodeAdapter,

  readFile,

  async readImageFile(from) {
    if (/^https?:/.test(String(from))) return webPlatform.readImageFile(from);
    try {
      return await readFile(from);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const reasons: Record<string, string> = {
        ENOENT: "there is no such file",
        EISDIR: "it is a folder",
        EACCES: "it may not be read",
      };
      throw new ImageError(
        "IMAGE_FILE",
        `${from} cannot be read: ${reasons[code ?? ""] ?? (cause as Error).message}`,
        "Check the path.",
        { cause },
      );
    }
  },

  decode: async (bytes) => decodeImage(bytes, { fallback: await sharpDecoder() }),

  tunings: fileStore(),

  cpuTime() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
} satisfies Platform;
