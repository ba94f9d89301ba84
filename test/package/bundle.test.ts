/** The installed package in a browser's bundle: how large it is, what it is made of, and what it leaves out. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { expect, inject, test } from "vitest";

const project = inject("project");

/** Bundles a module for browsers, minified. A Node built-in that it reaches is an error. */
async function bundle(code: string): Promise<{ minified: number; zipped: number; inputs: Inputs }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: project },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const [{ contents }] = outputFiles;
  const [{ inputs, imports }] = Object.values(metafile.outputs);
  expect(imports, "what is left to be imported at run time").toEqual([]);
  return { minified: contents.length, zipped: gzipSync(contents, { level: 9 }).length, inputs };
}

type Inputs = Metafile["outputs"][string]["inputs"];

test("the whole library, all shaders included, is at most 60 kB", async () => {
  const { minified, zipped, inputs } = await bundle(`export * from "bpclip";`);
  const largest = Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 12);
  const rows = largest.map(({ path, bytes }) => {
    return `  ${String(bytes).padStart(6)}  ${path.replace("node_modules/bpclip/", "")}`;
  });
  console.log(`whole library: ${minified} bytes, ${zipped} after gzip\n${rows.join("\n")}`);
  expect(zipped).toBeLessThanOrEqual(60_000);
});

test("no other package is in it", async () => {
  const { inputs } = await bundle(`export * from "bpclip";`);
  const foreign = Object.keys(inputs).filter((path) => !/^node_modules\/bpclip\/dist\/|^<stdin>$/.test(path));
  expect(foreign).toEqual([]);
});

test("a measure of agreement alone is less than 2 kB", async () => {
  const { minified, inputs } = await bundle(`export { srcc } from "bpclip";`);
  expect(minified).toBeLessThan(2000);
  expect(Object.keys(inputs)).toContain(join("node_modules", "bpclip", "dist", "metrics", "correlation.js"));
});

test("the errors alone bring nothing else", async () => {
  const { inputs } = await bundle(`export { BpclipError, ImageError } from "bpclip";`);
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  expect(used.map(([path]) => path)).toEqual(["node_modules/bpclip/dist/errors.js"]);
});
