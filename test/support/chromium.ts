/**
 * A headless Chromium with WebGPU on SwiftShader, for tests in a browser. `launchChromium` has been seen to give an
 * adapter with Debian's Chromium and with the one of the dev dependency @sparticuz/chromium. Pages need a secure
 * context for navigator.gpu: serve them by ./server.js, which is at http://localhost.
 */
import { accessSync, constants, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { cacheFolder, findPackaged, readPackaged, readTar } from "./chromium-package.js";

const systemNames = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const macPaths = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

const windowsPaths = [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA]
  .filter((folder) => folder !== undefined)
  .map((folder) => join(folder, "Google", "Chrome", "Application", "chrome.exe"));

const packagedFolder = join(cacheFolder, "chromium");

const webgpuFlags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * The path of a Chromium: that of the environment variable BPCLIP_CHROMIUM, else the system's, else the one of the dev
 * dependency @sparticuz/chromium, unpacked into .cache at the first call. Undefined where there is none.
 */
export function findChromium(): string | undefined {
  return process.env.BPCLIP_CHROMIUM || findSystemChromium() || unpackChromium();
}

/**
 * Starts a browser; close it when done.
 * @param flags Of the command line, beside those for WebGPU.
 * @throws Error where there is no Chromium.
 */
export function launchChromium(path = findChromium(), flags: readonly string[] = []): Promise<Browser> {
  if (!path) throw new Error("There is no Chromium here; set BPCLIP_CHROMIUM to the path of one.");
  // The tests' own processes have the driver's variables of the adapter under test; a browser is to have none.
  const { LD_LIBRARY_PATH: _, VK_DRIVER_FILES: __, ...env } = process.env;
  if (dirname(path) === packagedFolder) env.LD_LIBRARY_PATH = packagedFolder;
  return chromium.launch({ executablePath: path, headless: true, args: [...webgpuFlags, ...flags], env });
}

function findSystemChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = folders.flatMap((folder) => systemNames.map((name) => join(folder, name)));
  return [...paths, ...macPaths, ...windowsPaths].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The program, its libraries and SwiftShader side by side, as it looks for them. */
function unpackChromium(): string | undefined {
  const program = join(packagedFolder, "chromium");
  if (existsSync(program)) return program;
  const [file, libraries, swiftShader] = ["chromium.br", "al2023.tar.br", "swiftshader.tar.br"].map(
    findPackaged,
  );
  if (!file || !libraries || !swiftShader) return undefined;
  mkdirSync(packagedFolder, { recursive: true });
  for (const archive of [libraries, swiftShader]) {
    for (const { name, data } of readTar(readPackaged(archive))) {
      writeFileSync(join(packagedFolder, name.replace(/^.*\//, "")), data, { mode: 0o755 });
    }
  }
  // Renamed when whole, so that no other process starts the half of it.
  const part = `${program}.${process.pid}`;
  writeFileSync(part, readPackaged(file), { mode: 0o755 });
  renameSync(part, program);
  return program;
}
