/** The installed package in a browser's bundle: how large it is, what it is made of, and what it leaves out. */
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { expect, inject, test } from "vitest";

const project = inject("project");

interface Bundle {
  /** Bytes of the files that the module loads when it is imported. */
  minified: number;
  zipped: number;
  /** Bytes after gzip of what is imported where it is needed, such as the CPU executor. */
  zippedLater: number;
  /** What the former are made of. */
  inputs: Inputs;
}

/** Bundles a module for browsers, minified. A Node built-in that it reaches is an error. */
async function bundle(code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: project },
    outdir: "bundle",
    splitting: true,
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
  const atOnce = new Set<string>();
  const inputs: Inputs = {};
  const load = (path: string) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    const { inputs: own, imports } = metafile.outputs[path];
    Object.assign(inputs, own);
    for (const { path, kind, external } of imports) {
      expect(external, `${path} is left to be found at run time`).not.toBe(true);
      if (kind === "import-statement") load(path);
    }
  };
  load("bundle/stdin.js");
  const sizes = { minified: 0, zipped: 0, zippedLater: 0 };
  for (const { path, contents } of outputFiles) {
    const zipped = gzipSync(contents, { level: 9 }).length;
    if (!atOnce.has(relative(project, path))) sizes.zippedLater += zipped;
    else {
      sizes.zipped += zipped;
      sizes.minified += contents.length;
    }
  }
  return { ...sizes, inputs };
}

type Inputs = Metafile["outputs"][string]["inputs"];

test("what importing the whole library loads, all shaders included, is at most 60 kB", async () => {
  const { minified, zipped, zippedLater, inputs } = await bundle(`export * from "bpclip";`);
  const largest = Object.entries(inputs)
    .map(([path, { bytesInOutput }]) => ({ path, bytes: bytesInOutput }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 12);
  const rows = largest.map(({ path, bytes }) => {
    return `  ${String(bytes).padStart(6)}  ${path.replace("node_modules/bpclip/", "")}`;
  });
  console.log(
    `whole library: ${minified} bytes, ${zipped} after gzip, ${zippedLater} where needed\n${rows.join("\n")}`,
  );
  expect(zipped).toBeLessThanOrEqual(60_000);
  expect(zippedLater).toBeGreaterThan(0);
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
