/** Glob patterns over the file system, for shells that do not expand them: *, **, ?, [a-z], [!a-z] and {a,b}. */
import { readdir, stat } from "node:fs/promises";

export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text);
}

/**
 * The files and folders that a pattern matches, sorted. Names that begin with a dot are matched only by a dot, `**`
 * stands for any number of folders and does not follow links; folders that may not be read match nothing.
 */
export async function glob(pattern: string): Promise<string[]> {
  const slashed = process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern;
  const found = new Set<string>();
  for (const single of expandBraces(slashed)) {
    const segments = single.split("/");
    const root = segments[0] === "" ? "/" : "";
    for (const path of await match(root, segments.filter(Boolean))) found.add(path);
  }
  return [...found].sort();
}

/** "a{b,c{d,e}}" → "ab", "acd", "ace". Braces without a comma or a partner stand for themselves. */
export function expandBraces(pattern: string): string[] {
  for (let open = pattern.indexOf("{"); open >= 0; open = pattern.indexOf("{", open + 1)) {
    const commas: number[] = [];
    let depth = 0;
    for (let at = open; at < pattern.length; at++) {
      if (pattern[at] === "{") depth++;
      if (pattern[at] === "," && depth === 1) commas.push(at);
      if (pattern[at] === "}" && --depth === 0) {
        if (commas.length === 0) break;
        const cuts = [open, ...commas, at];
        const choices = commas.concat(at).map((end, i) => pattern.slice(cuts[i] + 1, end));
        return choices.flatMap((choice) =>
          expandBraces(pattern.slice(0, open) + choice + pattern.slice(at + 1)),
        );
      }
    }
  }
  return [pattern];
}

/** Paths under `folder` ("" for the working folder) that match the segments. */
async function match(folder: string, segments: string[]): Promise<string[]> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [folder];
  const child = (name: string) =>
    folder === "" || folder.endsWith("/") ? folder + name : `${folder}/${name}`;

  if (segment === "**") {
    const here = rest.length > 0 ? await match(folder, rest) : [];
    const entries = await list(folder);
    const visible = entries.filter(({ name }) => !name.startsWith("."));
    const files = rest.length > 0 ? [] : visible.filter((entry) => !entry.isDirectory());
    const folders = visible.filter((entry) => entry.isDirectory());
    const below = await Promise.all(folders.map(({ name }) => match(child(name), segments)));
    return [...here, ...files.map(({ name }) => child(name)), ...below.flat()];
  }
  if (!isGlob(segment)) {
    const path = child(segment);
    return (await exists(path)) ? match(path, rest) : [];
  }
  const wanted = segmentPattern(segment);
  const names = (await list(folder)).map(({ name }) => name).filter((name) => wanted.test(name));
  return (await Promise.all(names.map((name) => match(child(name), rest)))).flat();
}

/** A regular expression for one name of a path. */
export function segmentPattern(segment: string): RegExp {
  const source = segment.replace(/\*+|\?|\[([!^]?)(\]?[^\]]*)\]|[\s\S]/gu, (token, negated, members) => {
    if (token[0] === "*") return ".*";
    if (token === "?") return ".";
    if (members) return `[${negated && "^"}${members.replace(/[\\\]^[&~]/g, "\\$&")}]`;
    return token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  });
  const notHidden = segment.startsWith(".") ? "" : "(?!\\.)";
  try {
    return new RegExp(`^${notHidden}${source}$`, "su");
  } catch {
    // A range such as [z-a] matches nothing.
    return /(?!)/;
  }
}

async function list(folder: string) {
  return readdir(folder || ".", { withFileTypes: true }).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
