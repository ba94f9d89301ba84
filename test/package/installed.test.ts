/** The installed package in Node, and its types in projects of every way to resolve modules that TypeScript has. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, test } from "vitest";

const project = inject("project");
const installed = join(project, "node_modules", "bpclip");
const photo = fileURLToPath(new URL("../photos/chelsea.png", import.meta.url));

/** Runs a module in the project, and gives the JSON that it prints. */
function run(name: string, code: string): Record<string, unknown> {
  const path = join(project, name);
  writeFileSync(path, code);
  const stdout = execFileSync(process.execPath, [path], { cwd: project, encoding: "utf8" });
  rmSync(path);
  return JSON.parse(stdout);
}

test("scores a photograph by the shipped checkpoint", () => {
  const result = run(
    "score.js",
    `import { loadModel } from "bpclip";
    const model = await loadModel(undefined, { onNotice() {} });
    const result = await model.score(${JSON.stringify(photo)});
    console.log(JSON.stringify(result));
    model.dispose();`,
  );
  const weights = readFileSync(join(installed, "weights", "bpclip-s-nr.safetensors"));
  const sha256 = createHash("sha256").update(weights).digest("hex");
  expect(result).toMatchObject({ width: 451, height: 300, mode: "nr", checkpoint: sha256.slice(0, 12) });
  expect(result.score).toEqual(expect.any(Number));
  expect(Object.keys(result.dimensions as object)).toHaveLength(6);
  expect(result.adjectives).toHaveLength(40);
});

test("gives the same names in browsers and in Node", () => {
  const names = run(
    "names.js",
    `import * as node from "bpclip";
    const web = await import(${JSON.stringify(join(installed, "dist", "index.js"))});
    console.log(JSON.stringify({ node: Object.keys(node), web: Object.keys(web) }));`,
  );
  expect(names.node).toEqual(names.web);
  expect(names.node).toContain("loadModel");
});

test("resolves its checkpoints for those who host them themselves", () => {
  const { found } = run(
    "resolve.js",
    `console.log(JSON.stringify({ found: import.meta.resolve("bpclip/weights/bpclip-s-nr.safetensors") }));`,
  );
  expect(fileURLToPath(found as string)).toBe(join(installed, "weights", "bpclip-s-nr.safetensors"));
});

test("brings the command", () => {
  const { bin, version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const { stdout, status } = spawnSync(process.execPath, [join(installed, bin.bpclip), "--version"], {
    encoding: "utf8",
  });
  expect({ stdout, status }).toEqual({ stdout: `${version}\n`, status: 0 });
});

describe("types", () => {
  const require = createRequire(import.meta.url);
  // Its library of the DOM has WebGPU, as 6's; with TypeScript 5.7 to 5.9, a project also wants @webgpu/types.
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const use = `
    import { BpclipError, loadModel, type Model, type Score, srcc } from "bpclip";

    const model: Model = await loadModel(undefined, { adapter: "auto" });
    const result: Score = await model.score({ data: new Uint8Array(64 * 48 * 4), width: 64, height: 48 });
    export const agreement: number = srcc([result.score], [1]);
    export const mendOf = (error: unknown): string => (error instanceof BpclipError ? error.mend : "");
    declare const device: GPUDevice;
    await loadModel(new URL("https://example.org/nr.safetensors"), { device });
    // @ts-expect-error There is no such adapter, so these are types and not any.
    await loadModel(undefined, { adapter: "fastest" });
    // @ts-expect-error A score is no string.
    export const wrong: string = result.score;`;

  /** What the compiler says of a module that uses the package, in a strict project that checks libraries, too. */
  function check(options: object): string {
    const config = {
      compilerOptions: {
        ...{ target: "es2022", lib: ["es2022", "dom"], types: [] },
        ...{ strict: true, skipLibCheck: false, noEmit: true },
        ...options,
      },
      files: ["use.ts"],
    };
    writeFileSync(join(project, "use.ts"), use);
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
    return spawnSync(process.execPath, [compiler], { cwd: project, encoding: "utf8" }).stdout;
  }

  test.each([
    ["nodenext", { module: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
  ])("check under moduleResolution %s", (_, options) => {
    expect(check(options)).toBe("");
  });
});
