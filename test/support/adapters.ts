/** Finds the adapters that this machine can test on: the system's own, and the SwiftShader of a dev dependency. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

export interface TestAdapter {
  /** The name of its vitest project. */
  name: "system" | "swiftshader";
  /** What the driver calls itself. */
  description: string;
  env: Record<string, string>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every adapter that answers, the system's first. */
export function findAdapters(): TestAdapter[] {
  const swiftShader = unpackSwiftShader();
  const candidates: Pick<TestAdapter, "name" | "env">[] = [
    { name: "system", env: {} },
    ...(swiftShader ? [{ name: "swiftshader" as const, env: swiftShader }] : []),
  ];
  return candidates.flatMap((candidate) => {
    const description = probe(candidate.env);
    return description ? [{ ...candidate, description }] : [];
  });
}

/** The description of the adapter that Dawn finds under this environment, asked in a process of its own. */
function probe(env: Record<string, string>): string | undefined {
  const script = `
    const { create } = await import("webgpu");
    const adapter = await create([]).requestAdapter({});
    if (adapter) process.stdout.write(adapter.info.description || adapter.info.vendor || "unnamed");
    process.exit(0);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
  });
  return status === 0 && stdout ? stdout : undefined;
}

/**
 * Unpacks the SwiftShader that the dev dependency @sparticuz/chromium carries for Linux on x64, once, and gives the
 * environment that makes Dawn find it. Its folder also has a Vulkan loader, for machines without one.
 */
function unpackSwiftShader(): Record<string, string> | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const folder = join(root, ".cache", "swiftshader");
  const driver = join(folder, "vk_swiftshader_icd.json");
  if (!existsSync(driver)) {
    const archive = findArchive();
    if (!archive) return undefined;
    mkdirSync(folder, { recursive: true });
    for (const { name, data } of readTar(brotliDecompressSync(readFileSync(archive)))) {
      if (!/GL/.test(name)) writeFileSync(join(folder, name), data);
    }
  }
  return { VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: folder };
}

function findArchive(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
    const folder = entry.slice(0, entry.lastIndexOf(join("@sparticuz", "chromium")));
    const archive = join(folder, "@sparticuz", "chromium", "bin", "swiftshader.tar.br");
    return existsSync(archive) ? archive : undefined;
  } catch {
    return undefined;
  }
}

/** The files of a tar archive; enough of the format for plain files with short names. */
function* readTar(archive: Buffer): Generator<{ name: string; data: Buffer }> {
  for (let at = 0; archive[at] !== 0 && at < archive.length; ) {
    const text = (offset: number, length: number) =>
      archive.toString("latin1", at + offset, at + offset + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    const isFile = ["0", ""].includes(text(156, 1));
    if (isFile) yield { name: text(0, 100), data: archive.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
