/**
 * The public API as it is declared: api-extractor, which brings a TypeScript of its own, gathers what an
 * entry point exports into one .d.ts file, which is printed so regularly that its declarations can be told
 * apart by their lines.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

export interface Documented {
  name: string;
  /** The docstring's text, without its comment marks; empty where there is none. */
  docs: string;
  /** The declaration without `export`, `declare` and its last semicolon; a class or interface without its members. */
  signature: string;
}

export interface Declaration extends Documented {
  kind: "function" | "class" | "interface" | "type" | "variable";
  /** In the order of the source; constructors and what is private are left out. */
  members: Documented[];
}

export interface PublicApi {
  declarations: Declaration[];
  /** Types that exported declarations mention and that are not exported themselves. */
  forgotten: string[];
}

/** @param entry A .d.ts file in the built package, whose root is the folder given. */
export function readPublicApi(root: string, entry: string): PublicApi {
  const folder = mkdtempSync(join(tmpdir(), "bpclip-docs-"));
  try {
    const rollup = join(folder, "bpclip.d.ts");
    const forgotten = extract(root, entry, rollup);
    return { declarations: parseDeclarations(readFileSync(rollup, "utf8")), forgotten };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns The forgotten exports. @throws Error for what the extractor cannot read. */
function extract(root: string, entry: string, rollup: string): string[] {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, entry),
      compiler: { tsconfigFilePath: join(root, "tsconfig.build.json") },
      dtsRollup: { enabled: true, untrimmedFilePath: rollup },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
  });
  const forgotten: string[] = [];
  const problems: string[] = [];
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      const { messageId, logLevel, text } = message;
      if (messageId === "ae-forgotten-export") forgotten.push(/"(.+?)"/.exec(text)?.[1] ?? text);
      else if (logLevel === ExtractorLogLevel.Error || messageId.startsWith("TS")) problems.push(text);
      // What remains is advice on tags of TSDoc, which these docstrings do without.
      message.logLevel = ExtractorLogLevel.None;
    },
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return forgotten;
}

/** Exported for its test. Declarations that are not exported are left out. */
export function parseDeclarations(source: string): Declaration[] {
  return statements(source.split("\n")).flatMap(({ comment, lines }): Declaration[] => {
    const [, kind, name] =
      /^export declare (?:abstract )?(function|class|interface|type|const|let) (\w+)/.exec(lines[0]) ?? [];
    if (!kind) return [];
    const hasMembers = kind === "class" || kind === "interface";
    const members = hasMembers ? statements(lines.slice(1, -1).map((line) => line.slice(4))) : [];
    return [
      {
        name,
        kind: kind === "const" || kind === "let" ? "variable" : (kind as Declaration["kind"]),
        docs: comment,
        signature: plain(hasMembers ? lines[0].replace(/ \{\s*$/, "") : lines.join("\n")),
        members: members
          .filter(({ lines: [first] }) => !/^(#|private |constructor\()/.test(first))
          .map((member) => {
            const signature = plain(member.lines.join("\n"));
            return { name: nameOf(signature), docs: member.comment, signature };
          }),
      },
    ];
  });
}

interface Statement {
  comment: string;
  lines: string[];
}

/** A statement begins in the first column and ends where its brackets are closed, by a semicolon or a brace. */
function statements(lines: readonly string[]): Statement[] {
  const found: Statement[] = [];
  let comment: string[] = [];
  let current: string[] = [];
  let depth = 0;
  let inComment = false;
  for (const line of lines) {
    if (inComment || (depth === 0 && /^\/\*\*/.test(line))) {
      if (!inComment) comment = [];
      comment.push(line);
      inComment = !line.trimEnd().endsWith("*/");
      continue;
    }
    if (current.length === 0 && line.trim() === "") continue;
    current.push(line);
    const code = line.replace(/\/\*.*?\*\/|"(?:[^"\\]|\\.)*"/g, "");
    depth += (code.match(/[([{]/g) ?? []).length - (code.match(/[)\]}]/g) ?? []).length;
    if (depth > 0 || !/[;}]\s*$/.test(line)) continue;
    found.push({ comment: commentText(comment.join("\n")), lines: current });
    comment = [];
    current = [];
  }
  return found;
}

function commentText(comment: string): string {
  return comment
    .replace(/\s*\*\/\s*$/, "")
    .replace(/^\s*(\/\*\*|\*) ?/gm, "")
    .trim();
}

function plain(code: string): string {
  return code.replace(/^export declare /, "").replace(/;\s*$/, "");
}

function nameOf(signature: string): string {
  return /^(?:readonly |static |get |set )*(\w+)/.exec(signature)?.[1] ?? signature;
}
