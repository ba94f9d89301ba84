/**
 * Builds the page (src/web) as static files that any server can serve, every one but index.html and the service worker
 * named by its content.
 *
 *     node tools/build-page.mjs [--out .cache/page] [--serve] [--port 8080]
 */
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = (...path) => join(root, ...path);

const { values } = parseArgs({
  options: {
    out: { type: "string", default: from(".cache", "page") },
    serve: { type: "boolean", default: false },
    port: { type: "string", default: "8080" },
  },
});

await build(values.out);
if (values.serve) {
  const context = await esbuild.context({});
  const { port } = await context.serve({ servedir: values.out, port: Number(values.port) });
  console.log(`http://localhost:${port}`);
}

async function build(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, "assets"), { recursive: true });
  const sizes = new Map();

  /** Writes a file named by its content; gives its address, relative to the page. */
  const add = (name, content) => {
    const hash = hashOf(content).slice(0, 10);
    const path = `assets/${basename(name, extname(name))}-${hash}${extname(name)}`;
    writeFileSync(join(out, path), content);
    sizes.set(path, content.length);
    return path;
  };
  const copy = (...path) => add(path.at(-1), readFileSync(from(...path)));
  const weights = Object.fromEntries(
    ["nr", "fr", "text"].map((part) => [part, copy("weights", `bpclip-s-${part}.safetensors`)]),
  );
  const assets = { worker: add("worker.js", await bundle("worker.ts", {})), weights };
  const addresses = {
    "main.js": add("main.js", await bundle("main.ts", { ASSETS: assets })),
    "style.css": add("style.css", await bundle("style.css", {})),
    "icon.svg": copy("src", "web", "icon.svg"),
    ...Object.fromEntries(
      ["coffee.jpg", "chelsea.png", "rocket.jpg"].map((photo) => [photo, copy("test", "photos", photo)]),
    ),
  };
  const html = readFileSync(from("src", "web", "index.html"), "utf8");
  const page = html.replace(/\{\{(.+?)\}\}/g, (_, name) => addresses[name]);
  writeFileSync(join(out, "index.html"), page);

  const version = hashOf([page, ...sizes.keys()].join("\n")).slice(0, 10);
  const worker = await bundle("service-worker.ts", { FILES: ["./", ...sizes.keys()], VERSION: version });
  writeFileSync(join(out, "service-worker.js"), worker);
  cpSync(from("LICENSE"), join(out, "LICENSE"));

  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`${relative(process.cwd(), out)}: ${sizes.size} files, ${(total / 1e6).toFixed(1)} MB`);
}

/** One file of src/web with all that it imports. */
async function bundle(name, define) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [from("src", "web", name)],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    define: Object.fromEntries(Object.entries(define).map(([key, value]) => [key, JSON.stringify(value)])),
    write: false,
    logLevel: "warning",
  });
  return outputFiles[0].contents;
}

function hashOf(content) {
  return createHash("sha256").update(content).digest("hex");
}
