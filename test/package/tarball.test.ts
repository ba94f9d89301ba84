/** What npm would publish: which files, how large, and whether the tools that judge packages find fault with it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { files, size, unpackedSize } = inject("packed");
const installed = join(inject("project"), "node_modules", "bpclip");
const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Paths in a folder of this checkout, with the folder's, with slashes on every system. */
function filesIn(folder: string, extension: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`);
  return names.map((path) => path.replaceAll("\\", "/")).filter((path) => path.endsWith(extension));
}

// The page is built by its own tool, and not shipped.
const sources = filesIn("src", ".ts").filter((path) => !/\.d\.ts$|^src\/web\//.test(path));
const built = sources.flatMap((path) => {
  const stem = path.replace(/^src/, "dist").replace(/\.ts$/, "");
  return [".js", ".js.map", ".d.ts"].map((extension) => stem + extension);
});

test("holds what is built of each source, the shaders, the checkpoints and how to use them, and nothing else", () => {
  const expected = [
    ...["package.json", "LICENSE", "README.md", "API.md", "weights/README.md", "weights/CONVERTING.md"],
    ...built,
    ...filesIn("shaders", ".wgsl"),
    ...filesIn("weights", ".safetensors"),
  ];
  const paths = files.map(({ path }) => path);
  // Where these differ in dist, it is older than src: run `npm run prepare`.
  expect(paths.toSorted()).toEqual(expected.toSorted());
});

test("is small beside its checkpoints", () => {
  const sizeOf = (pattern: RegExp) => {
    return files.filter(({ path }) => pattern.test(path)).reduce((sum, file) => sum + file.size, 0);
  };
  const weights = sizeOf(/\.safetensors$/);
  const parts = { weights, maps: sizeOf(/\.map$/), js: sizeOf(/\.js$/), types: sizeOf(/\.d\.ts$/) };
  const list = Object.entries(parts).map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
  console.log(
    `bpclip-${manifest.version}.tgz: ${megabytes(size)}, unpacked ${megabytes(unpackedSize)}: ${list.join(", ")}`,
  );
  expect(unpackedSize - weights).toBeLessThan(4e6);
});

test("maps bring the sources that they name", () => {
  const scripts = files.filter(({ path }) => path.endsWith(".js"));
  for (const { path } of scripts) {
    const code = readFileSync(join(installed, path), "utf8");
    const [, name] = /\n\/\/# sourceMappingURL=(.+)\s*$/.exec(code) ?? [];
    expect(name, path).toBe(`${path.replace(/^.*\//, "")}.map`);
    const map = JSON.parse(readFileSync(join(installed, `${path}.map`), "utf8"));
    expect(map.sourcesContent, path).toHaveLength(map.sources.length);
    const source = readFileSync(join(root, path.replace(/^dist/, "src").replace(/\.js$/, ".ts")), "utf8");
    expect(map.sourcesContent[0] === source, `${path}.map has another source; run npm run build`).toBe(true);
  }
  expect(scripts.length).toBe(sources.length);
});

test("the command is executable by its first line", () => {
  expect(readFileSync(join(installed, manifest.bin.bpclip), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test("publint finds no fault", async () => {
  const { messages } = await publint({ pkgDir: installed, pack: false, level: "suggestion", strict: true });
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
});

describe("are the types wrong?", async () => {
  const analysis = await checkPackage(
    createPackageFromTarballData(new Uint8Array(readFileSync(inject("tarball")))),
  );
  // An ESM package: `require` of one, in Node 20.19 and later, is a matter of the runtime, and Node 10 is long gone.
  const kinds = ["node16-esm", "bundler"] as const;
  if (!analysis.types) throw new Error("The package has no types.");
  const { entrypoints, problems } = analysis;

  test.each(kinds)("no, for %s", (kind) => {
    expect(entrypoints["."].resolutions[kind].resolution?.isTypeScript).toBe(true);
    const ofKind = problems.filter(
      (problem) => !("resolutionKind" in problem) || problem.resolutionKind === kind,
    );
    expect(ofKind).toEqual([]);
  });
});
