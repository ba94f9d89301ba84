/**
 * Packs the built package as npm would publish it, and installs it into an empty project, once for all tests.
 * Nothing is fetched: what the package depends on is linked from this checkout.
 */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { TestProject } from "vitest/node";
import { readTar } from "../support/chromium-package.js";

export interface Packed {
  /** Of the archive, and of what it unpacks to, in bytes. */
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

declare module "vitest" {
  interface ProvidedContext {
    packed: Packed;
    /** The archive's path. */
    tarball: string;
    /** A folder with a package.json and, in its node_modules, the package and what it depends on. */
    project: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));

export default function setup({ provide }: TestProject): () => void {
  // A real path, since module resolution gives such.
  const project = realpathSync(mkdtempSync(join(tmpdir(), "bpclip-package-")));
  const command = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const output = execFileSync("npm", command, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename, ...packed }]: (Packed & { filename: string })[] = JSON.parse(output);
  const tarball = join(project, filename);

  const modules = join(project, "node_modules");
  for (const { name, data } of readTar(gunzipSync(readFileSync(tarball)))) {
    const path = join(modules, name.replace(/^package\//, "bpclip/"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, data);
  }
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');

  provide("packed", packed);
  provide("tarball", tarball);
  provide("project", project);
  return () => rmSync(project, { recursive: true });
}
