/** Shaders that check their own indices, as text; what they find is tested on an adapter, in test/bounds. */
import { expect, test } from "vitest";
import { shaders } from "../../src/kernels/shaders.generated.js";
import { checkBounds } from "../support/bounds.js";

const main = "@compute @workgroup_size(64)\nfn main(@builtin(local_invocation_index) i: u32) {";
const declarations = `var<storage, read> x: array<vec4<f32>>;
var<workgroup> tile: array<f32, 4 * SIZE>;`;

/** The body of `main`, checked. */
function checkedBody(body: string): string {
  const { code } = checkBounds(`${declarations}\n${main}\n  ${body}\n}`, 0);
  return code.split("\n")[4].trim();
}

test("every access goes through a check, with its length and its number", () => {
  expect(checkedBody("let a = x[i];")).toBe(
    "let a = x[checkedIndex(u32(i), u32(arrayLength(&x)), 0, vec2u(1, 0))];",
  );
  expect(checkedBody("tile[i - 1] += 1;")).toBe(
    "tile[checkedIndex(u32(i - 1), u32(4 * SIZE), 0, vec2u(1, 0))] += 1;",
  );
  // Also those within another's index.
  expect(checkedBody("let a = x[x[i].x + 1][2];")).toBe(
    "let a = x[checkedIndex(u32(x[checkedIndex(u32(i), u32(arrayLength(&x)), 0, vec2u(1, 0))].x + 1), u32(arrayLength(&x)), 1, vec2u(2, 0))][2];",
  );
});

test("accesses are told by their lines, which stay, and their text", () => {
  const { code, accesses } = checkBounds(`${declarations}\n${main}\n\n  x[1].y = tile[x[i].x];\n}`, 0);
  expect(accesses).toEqual(["line 6: x[1]", "line 6: x[i]", "line 6: tile[x[i].x]"]);
  expect(code.split("\n")[6]).toBe("}");
});

test.each([
  ["what has no known length", "let a = colour[i];"],
  ["what a function gives", "let a = f(i)[i];"],
  ["an array in an array", "let a = x[i][i];"],
  ["a pointer", "let a = &x[i];"],
  ["a pointer to a whole array", "f(&x);"],
  ["an array that is not a variable", "let a = array(1, 2)[i];"],
  ["a texture's level", "let a = textureLoad(picture, place, level);"],
  ["a texture that is written", "textureStore(picture, place, colour);"],
])("refuses %s", (_, body) => {
  expect(() => checkedBody(body)).toThrow();
});

test("refuses two arrays of one name, whose lengths would be mistaken", () => {
  expect(() => checkBounds(`${declarations}\n${main}\n  var tile: array<u32, 2>;\n}`, 0)).toThrow(
    "two arrays",
  );
});

test("functions that are included and not called make no access", () => {
  const functions = "fn used(i: u32) {\n  x[i].x = 1;\n}\nfn unused(i: u32) {\n  x[i].y = 1;\n}";
  const { accesses } = checkBounds(`${declarations}\n${functions}\n${main}\n  used(i);\n}`, 0);
  expect(accesses).toEqual(["line 4: x[i]"]);
});

test.each(Object.entries(shaders))("takes %s", (_, code) => {
  expect(checkBounds(code, 0).accesses).not.toEqual([]);
});
