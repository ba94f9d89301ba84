/** The SwiftShader of a dev dependency: a second driver to test on. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, findPackaged, readPackaged, readTar } from "./chromium-package.js";

/**
 * Unpacks the SwiftShader that the dev dependency @sparticuz/chromium carries for Linux on x64, once, and gives the
 * environment that makes Dawn find it; undefined where it cannot be. Its folder also has a Vulkan loader, for machines without one.
 */
export function unpackSwiftShader(): { VK_DRIVER_FILES: string; LD_LIBRARY_PATH: string } | undefined {
  const folder = join(cacheFolder, "swiftshader");
  const driver = join(folder, "vk_swiftshader_icd.json");
  if (!existsSync(driver)) {
    const archive = findPackaged("swiftshader.tar.br");
    if (!archive) return undefined;
    mkdirSync(folder, { recursive: true });
    for (const { name, data } of readTar(readPackaged(archive))) {
      if (!/GL/.test(name)) writeFileSync(join(folder, name), data);
    }
  }
  return { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: folder };
}
