/**
 * What README.md shows works: its TypeScript is checked and run, its command lines are read by the command
 * and, where they only score, run; what it points to is there. Code that it shows as JavaScript is part of
 * the pages in ./bundlers.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { decodeImage } from "../../src/image/decode.js";
import { encodePng } from "../image/files.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** In the project, so that `bpclip` is found from it; with each picture that the README names. */
const folder = mkdtempSync(join(inject("project"), "readme-"));
const command = join(inject("project"), "node_modules", "bpclip", manifest.bin.bpclip);

const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({
  language,
  code,
}));
const ofLanguage = (language: string) => blocks.filter((block) => block.language === language);

/** Lines that call the command, as they are shown, and its arguments. */
const lines = [...readme.matchAll(/^ *(?:.* && )?(?:npx )?(?:bpclip|node dist\/cli\/main\.js) (.+)$/gm)]
  .filter(([line]) => line.startsWith("    ") || ofLanguage("sh").some(({ code }) => code.includes(line)))
  .map(([, shown]) => ({ shown, args: argumentsOf(shown) }));

/** What comes after two spaces or a # is an explanation, and what comes after > or | is the shell's. */
function argumentsOf(shown: string): string[] {
  const [said] = shown.split(/ {2,}| #| [>|] /);
  return [...said.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c);
}

function run(...args: string[]) {
  return spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8" });
}

/** Part of a photograph: small, so that it is scored at once, and of one size for every name. */
async function photograph(): Promise<Uint8Array> {
  const { data, width } = await decodeImage(readFileSync(join(root, "test", "photos", "chelsea.png")));
  const side = 96;
  const samples = Array.from({ length: side * side }, (_, i) => {
    const at = 4 * ((100 + Math.floor(i / side)) * width + 150 + (i % side));
    return [data[at], data[at + 1], data[at + 2]];
  }).flat();
  return encodePng({ width: side, height: side, depth: 8, colorType: 2, samples: Uint16Array.from(samples) });
}

beforeAll(async () => {
  const picture = await photograph();
  const code = [...ofLanguage("ts").map((block) => block.code), ...lines.map(({ shown }) => shown)].join(
    "\n",
  );
  const named = code.match(/[\w./*-]+\.(?:png|jpe?g|webp)\b|[\w-]+\/(?=\s)/g) ?? [];
  for (const name of named) {
    const path = join(folder, name.endsWith("/") ? `${name}picture.png` : name.replaceAll("*", "picture"));
    mkdirSync(dirname(path), { recursive: true });
    // Decoders go by the bytes, not by the name.
    writeFileSync(path, picture);
  }
});

describe("TypeScript", () => {
  const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2022", lib: ["es2022", "dom"], types: [] },
    ...{ strict: true, noEmit: true },
  };
  // A Vulkan loader without drivers: the CPU scores so small a picture at once.
  const env = { ...process.env, VK_DRIVER_FILES: "none" };

  test.each(ofLanguage("ts").map(({ code }, i) => [i + 1, code] as const))("block %i", (i, code) => {
    const name = `block${i}`;
    writeFileSync(join(folder, `${name}.ts`), code);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
    const checked = spawnSync(process.execPath, [compiler], { cwd: folder, encoding: "utf8" });
    expect(checked.stdout).toBe("");

    writeFileSync(join(folder, `${name}.js`), transformSync(code, { loader: "ts" }).code);
    const { status, stderr } = spawnSync(process.execPath, [`${name}.js`], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    expect(status, stderr).toBe(0);
  });

  test("there is some", () => {
    expect(ofLanguage("ts")).not.toEqual([]);
  });
});

test("JavaScript and HTML are lines of the pages in test/package/bundlers", () => {
  const pages = readdirSync(join(root, "test", "package", "bundlers"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:js|html)$/.test(path))
    .map((path) => readFileSync(join(root, "test", "package", "bundlers", path), "utf8"));
  const builds = readFileSync(join(root, "test", "package", "bundlers.test.ts"), "utf8");
  const known = new Set([...pages, builds].flatMap((text) => text.split("\n").map((line) => line.trim())));
  const shown = [...ofLanguage("js"), ...ofLanguage("html")].flatMap(({ code }) => code.split("\n"));
  expect(shown.filter((line) => !known.has(line.trim()))).toEqual([]);
});

describe("command lines", () => {
  test.each(lines.map(({ shown, args }) => [args.join(" "), shown, args] as const))(
    "bpclip %s",
    (_, shown, args) => {
      const { status, stderr, stdout } = run(...args, "--help");
      expect({ status, stderr }, shown).toEqual({ status: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^bpclip ${args[0]}:`));
    },
  );

  const scoring = lines.filter(({ args: [name] }) => ["score", "compare", "describe"].includes(name));
  test.each(scoring.map(({ args }) => [args.join(" "), args] as const))(
    "bpclip %s gives a result",
    (_, args) => {
      const { status, stdout, stderr } = run(
        ...args,
        ...(args.includes("--adapter") ? [] : ["--adapter", "cpu"]),
      );
      expect(status, stderr).toBe(0);
      expect(stdout).not.toBe("");
    },
  );

  test("there are some", () => {
    expect(new Set(lines.map(({ args: [name] }) => name))).toContain("score");
    expect(scoring.length).toBeGreaterThanOrEqual(3);
  });

  test("options that the text names are options", () => {
    const overview = run("--help").stdout;
    const names = [...overview.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name);
    const helps = [overview, ...names.map((name) => run(name, "--help").stdout)].join("\n");
    const known = new Set(helps.match(/--[a-z][\w-]*/g));
    const named = [...readme.matchAll(/`(--[a-z][\w-]*)/g)].map(([, option]) => option);
    expect(named.filter((option) => !known.has(option))).toEqual([]);
    expect(names).toContain("score");
  });
});

test("scripts that it names are in package.json", () => {
  const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
  expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
});

test("links and paths lead somewhere", () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
  const paths = [...readme.matchAll(/`((?:src|shaders|test|tools|weights)\/[\w./-]*)`/g)].map(
    ([, path]) => path,
  );
  expect([...links, ...paths].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  expect(links).not.toEqual([]);
});
