/** Shaders as they are bundled: without comments, on the lines of their files. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shaders } from "../../src/kernels/shaders.generated.js";

const linesOf = (path: string) =>
  readFileSync(new URL(`../../shaders/${path}`, import.meta.url), "utf8").split("\n");

/** A file's lines, with those of what it includes in place of the line that does. */
function expanded(path: string): string[] {
  return linesOf(path).flatMap((line) => {
    const [, included] = /^\/\/#include "(.+)"$/.exec(line) ?? [];
    return included ? expanded(included).slice(0, -1) : [line];
  });
}

test.each(Object.entries(shaders))("%s", (name, bundled) => {
  const source = expanded(`${name}.wgsl`);
  const lines = bundled.split("\n");
  expect(bundled).not.toMatch(/\/[/*]/);
  expect(lines.length).toBe(source.length);
  for (const [i, line] of lines.entries()) {
    const rest = source[i].slice(line.length).trimStart();
    expect(source[i].startsWith(line) && /^(?:$|\/\/)/.test(rest), `line ${i + 1}: ${source[i]}`).toBe(true);
  }
});
