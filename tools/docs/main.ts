/** Writes API.md from the docstrings of the built package. Usage: npm run docs */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeReference } from "./markdown.js";
import { readPublicApi } from "./public-api.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { declarations } = readPublicApi(root, "dist/index.d.ts");
writeFileSync(new URL("../../API.md", import.meta.url), writeReference(declarations, "loadModel"));
