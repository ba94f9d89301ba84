/** API.md is what the docstrings say, and there is a docstring for everything that is public. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { writeReference } from "../../tools/docs/markdown.js";
import { parseDeclarations, readPublicApi } from "../../tools/docs/public-api.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { declarations, forgotten } = readPublicApi(root, "dist/index.d.ts");
const page = readFileSync(join(root, "API.md"), "utf8");

test("API.md is current; else run `npm run docs`", () => {
  expect(page).toBe(writeReference(declarations, "loadModel"));
});

test("everything public has a docstring", () => {
  const silent = declarations.flatMap(({ name, docs, members }) => [
    ...(docs ? [] : [name]),
    ...members.filter((member) => !member.docs).map((member) => `${name}.${member.name}`),
  ]);
  expect(silent).toEqual([]);
});

test("every type that the public API mentions is public", () => {
  expect(forgotten).toEqual([]);
});

test("every error code that the reference names is thrown somewhere", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => readFileSync(join(root, "src", path), "utf8"))
    .join("\n");
  const codes = new Set(page.match(/\b(?:NO|DEVICE|GPU|WEIGHTS|IMAGE|INPUT|SHAPE|DATASET)_[A-Z_]+\b/g));
  expect([...codes].filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
  expect(codes).toContain("IMAGE_TRUNCATED");
});

test("Node's loadModel throws what a browser's does, and is declared like it", () => {
  const node = readPublicApi(root, "dist/node/index.d.ts").declarations;
  const loadModel = (of: typeof declarations) => of.find(({ name }) => name === "loadModel");
  expect(node.map(({ name }) => name)).toEqual(declarations.map(({ name }) => name));
  expect(loadModel(node)?.signature).toBe(loadModel(declarations)?.signature);
  const throws = (docs = "") => /@throws.*/s.exec(docs)?.[0];
  expect(throws(loadModel(node)?.docs)).toBe(throws(loadModel(declarations)?.docs));
});

test("declarations are read with their docstrings, in their order, without what is private", () => {
  const source = `\
/** What a reader does. */
export declare class Reader {
    #private;
    private readonly file;
    constructor(
    /** A path. */
    path: string);
    /** Where it is. */
    get place(): number;
    /**
     * Reads on.
     * @throws Error at the end.
     */
    read({ by }?: {
        by?: (n: number) => void;
    }): Promise<string>;
}

declare interface Hidden {
    a: number;
}

export declare const one: 1;

/** Two. */
export declare type Two = "a; {" | "b";

export { }
`;
  expect(parseDeclarations(source)).toEqual([
    {
      name: "Reader",
      kind: "class",
      docs: "What a reader does.",
      signature: "class Reader",
      members: [
        { name: "place", docs: "Where it is.", signature: "get place(): number" },
        {
          name: "read",
          docs: "Reads on.\n@throws Error at the end.",
          signature: "read({ by }?: {\n    by?: (n: number) => void;\n}): Promise<string>",
        },
      ],
    },
    { name: "one", kind: "variable", docs: "", signature: "const one: 1", members: [] },
    { name: "Two", kind: "type", docs: "Two.", signature: 'type Two = "a; {" | "b"', members: [] },
  ]);
});
