/** The API reference as one Markdown page, in the order in which a reader meets things, beginning with `loadModel`. */
import type { Declaration, Documented } from "./public-api.js";

/** @param start The name of the declaration to begin with. */
export function writeReference(declarations: readonly Declaration[], start: string): string {
  const errors = declarations.filter(isError);
  const ordered = inOrderOfMention(
    declarations.filter((declaration) => !isError(declaration)),
    start,
  );
  const names = new Set(ordered.map(({ name }) => name));
  const contents = [...ordered.map(({ name }) => name), "Errors"].map(link).join(" · ");
  const sections = ordered.map((declaration) => section(declaration, names));
  return `${[introduction, contents, ...sections, errorSection(errors)].join("\n\n")}\n`;
}

const introduction = `\
# API reference

Everything that \`import { … } from "bpclip"\` gives, in browsers and in Node alike. Written by \`npm run docs\` from the
docstrings in \`src\`; the [README](README.md) has examples.`;

function isError({ name, signature }: Declaration): boolean {
  return name === "BpclipError" || signature.endsWith(" extends BpclipError");
}

/** Breadth first over what signatures mention: from the start, then from what no signature mentions. */
function inOrderOfMention(declarations: readonly Declaration[], start: string): Declaration[] {
  const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]));
  const mentioned = new Set(declarations.flatMap((declaration) => mentionedBy(declaration, byName)));
  const unmentioned = [...byName.keys()].filter((name) => !mentioned.has(name));
  const ordered = new Set<Declaration>();
  for (const first of [start, ...unmentioned]) {
    const queue = [byName.get(first)];
    for (const declaration of queue) {
      if (!declaration || ordered.has(declaration)) continue;
      ordered.add(declaration);
      queue.push(...mentionedBy(declaration, byName).map((name) => byName.get(name)));
    }
  }
  return [...ordered];
}

/** The names among these that a declaration's signature or its members' mention, itself excepted. */
function mentionedBy({ name, signature, members }: Declaration, names: { has(name: string): boolean }) {
  const code = [signature, ...members.map((member) => member.signature)].join("\n");
  const words = new Set(code.match(/\b[A-Za-z]\w*/g));
  return [...words].filter((word) => word !== name && names.has(word));
}

function section(declaration: Declaration, names: { has(name: string): boolean }): string {
  const { name, kind, docs, signature, members } = declaration;
  const blocks = [`## ${name}`, codeBlock(breakUnion(signature)), describe(docs)];
  if (kind === "class" || kind === "interface") blocks.push(members.map(bullet).join("\n"));
  const mentioned = mentionedBy(declaration, names);
  if (mentioned.length > 0) blocks.push(`See ${mentioned.map(link).join(", ")}.`);
  return blocks.filter(Boolean).join("\n\n");
}

function errorSection(errors: readonly Declaration[]): string {
  const base = errors.find(({ name }) => name === "BpclipError");
  const kinds = errors.filter((error) => error !== base);
  const blocks = ["## Errors", describe(base?.docs ?? ""), (base?.members ?? []).map(bullet).join("\n")];
  const rows = kinds.map(({ name, docs }) => `| \`${name}\` | ${unwrapped(docs).replaceAll("|", "\\|")} |`);
  return [...blocks, ["| Class | When |", "|---|---|", ...rows].join("\n")].join("\n\n");
}

function bullet({ signature, docs }: Documented): string {
  const code = signature.includes("\n") ? unwrapped(signature) : signature;
  return `- **\`${code}\`** ${describe(docs).replaceAll("\n\n", "\n\n  ")}`.trimEnd();
}

/** A docstring: its text, then its parameters, then what it throws. */
function describe(docs: string): string {
  const [text, ...tags] = docs.split(/(?:^|\s)(?=@(?:param|returns|throws)\b)/);
  const paragraphs = text.split(/\n\s*\n/).map(unwrapped);
  for (const tag of tags) {
    const [, kind, rest] = /^@(\w+)\s+(.*)$/s.exec(tag) ?? [];
    const said = unwrapped(rest);
    if (kind === "param") paragraphs.push(said.replace(/^(\S+)(?: -)? (.*)$/s, "`$1`: $2"));
    else paragraphs.push(`${kind === "throws" ? "Throws" : "Returns"}: ${said}`);
  }
  return paragraphs.filter(Boolean).join("\n\n");
}

function unwrapped(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

/** A long union, a line an alternative. */
function breakUnion(code: string): string {
  return code.length > 100 && code.startsWith("type ") ? code.replace(/ (=|\|) /g, "\n  $1 ") : code;
}

function codeBlock(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function link(name: string): string {
  return `[${name}](#${name.toLowerCase()})`;
}
