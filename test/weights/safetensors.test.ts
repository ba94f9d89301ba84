import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.js";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/weights/safetensors.js";
import { expectCode } from "../support/errors.js";
import { noise, seededTensor } from "../support/seeded.js";

/** A file with this header, as text or bytes, over so many bytes of data. */
function fileOf(header: string | Uint8Array, data: Uint8Array | number = 0): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const body = typeof data === "number" ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + json.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(body, 8 + json.length);
  return file;
}

/** The header of one tensor named `a`. */
function entry(dtype: unknown, shape: unknown, offsets: unknown): string {
  return JSON.stringify({ a: { dtype, shape, data_offsets: offsets } });
}

const small = () =>
  writeSafetensors(
    new Map([
      ["backbone.weight", { shape: [2, 3], data: Float32Array.of(1, -2, 3, 0.5, 0, 1e-30) }],
      ["head.bias", { shape: [3], data: Float32Array.of(1, 2, 3), dtype: "F16" as const }],
      ["scalar", { shape: [], data: Float32Array.of(7) }],
      ["empty", { shape: [0, 4], data: new Float32Array(0) }],
    ]),
    { note: "größer", other: '"}{:' },
  );

describe("reading", () => {
  test("a file made by hand", () => {
    const header = '{"__metadata__":{"k":"v"},"b":{"dtype":"I8","shape":[3],"data_offsets":[4,7]},';
    const more = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   ';
    const file = readSafetensors(fileOf(header + more, Uint8Array.of(0, 0, 0x80, 0x3f, 9, 8, 7)));
    expect(file.metadata).toEqual({ k: "v" });
    expect([...file.tensors.keys()]).toEqual(["b", "a"]);
    expect([...file.tensors.get("b")!.data]).toEqual([9, 8, 7]);
    expect(file.tensors.get("b")).toMatchObject({ name: "b", dtype: "I8", shape: [3] });
    expect([...toFloat32(file.tensors.get("a")!)]).toEqual([1]);
  });

  test("an ArrayBuffer, a view of one at any offset, and no tensors at all", () => {
    const bytes = small();
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 3);
    for (const source of [bytes.buffer, shifted.subarray(3, -2)]) {
      const { tensors } = readSafetensors(source);
      expect([...toFloat32(tensors.get("head.bias")!)]).toEqual([1, 2, 3]);
      expect([...toFloat32(tensors.get("backbone.weight")!)].slice(0, 5)).toEqual([1, -2, 3, 0.5, 0]);
    }
    expect(readSafetensors(fileOf("{}"))).toEqual({ metadata: {}, tensors: new Map() });
  });

  test("names of Object.prototype are names", () => {
    const data = { shape: [1], data: Float32Array.of(1) };
    const file = readSafetensors(
      writeSafetensors(
        new Map([
          ["__proto__", data],
          ["toString", data],
        ]),
      ),
    );
    expect([...file.tensors.keys()].sort()).toEqual(["__proto__", "toString"]);
  });

  const cases: [string, string, Uint8Array, string][] = [
    ["no bytes", "WEIGHTS_TRUNCATED", new Uint8Array(0), "0 bytes"],
    ["seven bytes", "WEIGHTS_TRUNCATED", new Uint8Array(7), "7 bytes"],
    ["a web page", "WEIGHTS_HEADER", new TextEncoder().encode("<!DOCTYPE html><html>"), "length"],
    ["a header past the end", "WEIGHTS_TRUNCATED", fileOf("{}").subarray(0, 9), "byte 10"],
    ["no header", "WEIGHTS_HEADER", fileOf(""), "JSON"],
    [
      "a header that is not UTF-8",
      "WEIGHTS_HEADER",
      fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
      "UTF-8",
    ],
    ["a byte order mark", "WEIGHTS_HEADER", fileOf("\ufeff{}"), "JSON"],
    ["half a header", "WEIGHTS_HEADER", fileOf('{"a":'), "JSON"],
    ["a list for a header", "WEIGHTS_HEADER", fileOf("[]"), "object"],
    ["null for a header", "WEIGHTS_HEADER", fileOf("null"), "object"],
    ["deep nesting", "WEIGHTS_HEADER", fileOf("[".repeat(200_000)), "JSON"],
    [
      "a name twice",
      "WEIGHTS_DUPLICATE",
      fileOf(`${entry("U8", [1], [0, 1]).slice(0, -1)},"\\u0061":{}}`, 1),
      '"a"',
    ],
    [
      "metadata twice in themselves",
      "WEIGHTS_DUPLICATE",
      fileOf('{"__metadata__":{"k":"1","k":"2"}}'),
      '"k"',
    ],
    ["metadata that are a list", "WEIGHTS_HEADER", fileOf('{"__metadata__":["k"]}'), "__metadata__"],
    ["metadata with a number", "WEIGHTS_HEADER", fileOf('{"__metadata__":{"k":1}}'), '"k"'],
    ["a tensor that is a number", "WEIGHTS_HEADER", fileOf('{"a":1}'), '"a"'],
    ["an unknown dtype", "WEIGHTS_DTYPE", fileOf(entry("F128", [1], [0, 16]), 16), '"F128"'],
    ["an inherited dtype", "WEIGHTS_DTYPE", fileOf(entry("toString", [1], [0, 16]), 16), '"toString"'],
    ["no dtype", "WEIGHTS_DTYPE", fileOf(entry(undefined, [1], [0, 4]), 4), "missing"],
    ["no shape", "WEIGHTS_SHAPE", fileOf(entry("F32", undefined, [0, 4]), 4), "missing"],
    ["a negative side", "WEIGHTS_SHAPE", fileOf(entry("F32", [-1, -1], [0, 4]), 4), "[-1,-1]"],
    ["a fractional side", "WEIGHTS_SHAPE", fileOf(entry("F32", [0.5, 2], [0, 4]), 4), "[0.5,2]"],
    ["a side of text", "WEIGHTS_SHAPE", fileOf(entry("F32", ["1"], [0, 4]), 4), '["1"]'],
    ["an overflowing shape", "WEIGHTS_SHAPE", fileOf(entry("F32", [2 ** 52, 2 ** 52], [0, 4]), 4), "bytes"],
    [
      "an infinite shape",
      "WEIGHTS_SHAPE",
      fileOf(entry("F32", Array(30).fill(2 ** 52), [0, 4]), 4),
      "Infinity",
    ],
    [
      "infinity times zero",
      "WEIGHTS_SHAPE",
      fileOf(entry("F32", [...Array(30).fill(2 ** 52), 0], [0, 0])),
      "NaN",
    ],
    ["too few bytes for its shape", "WEIGHTS_SHAPE", fileOf(entry("F32", [2], [0, 4]), 4), "8 bytes"],
    ["too many bytes for its shape", "WEIGHTS_SHAPE", fileOf(entry("F16", [2], [0, 8]), 8), "4 bytes"],
    ["no offsets", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], undefined), 4), "missing"],
    ["one offset", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], [0]), 4), "[0]"],
    ["offsets in the wrong order", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], [4, 0]), 4), "[4,0]"],
    ["a negative offset", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], [-4, 0]), 4), "[-4,0]"],
    ["a fractional offset", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], [0.5, 4.5]), 8), "[0.5,4.5]"],
    ["a range past the end", "WEIGHTS_TRUNCATED", fileOf(entry("F32", [2], [0, 8]), 7), '"a"'],
    ["a hole at the start", "WEIGHTS_OFFSETS", fileOf(entry("F32", [1], [4, 8]), 8), "hole"],
    ["trailing bytes", "WEIGHTS_TRAILING", fileOf(entry("F32", [1], [0, 4]), 5), "5 bytes"],
    ["bytes and no tensors", "WEIGHTS_TRAILING", fileOf("{}", 1), "1 bytes"],
    [
      "overlapping tensors",
      "WEIGHTS_OFFSETS",
      fileOf(
        '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
        6,
      ),
      "overlaps",
    ],
    [
      "a hole between tensors",
      "WEIGHTS_OFFSETS",
      fileOf(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}',
        6,
      ),
      "hole",
    ],
  ];
  test.each(cases)("refuses %s: %s", async (_, code, file, said) => {
    const error = await expectCode(code, () => readSafetensors(file));
    expect(error).toBeInstanceOf(WeightsError);
    expect(error.message).toContain(said);
  });

  test("a long name from the file does not flood the message", async () => {
    const header = `{"${"x".repeat(10_000)}":1}`;
    const { message } = await expectCode("WEIGHTS_HEADER", () => readSafetensors(fileOf(header)));
    expect(message.length).toBeLessThan(300);
  });
});

describe("toFloat32", () => {
  const read = (dtype: string, shape: number[], data: Uint8Array, indent = 0) => {
    const header = entry(dtype, shape, [0, data.length]) + " ".repeat(indent);
    return toFloat32(readSafetensors(fileOf(header, data)).tensors.get("a")!);
  };
  const bytesOf = (values: Float32Array | Float64Array | Uint16Array) => new Uint8Array(values.buffer);

  test("F32, F16, BF16 and F64 at every alignment", () => {
    const values = Float32Array.of(1, -0.5, 3.140625, 2 ** -130);
    for (let indent = 0; indent < 8; indent++) {
      expect(read("F32", [4], bytesOf(values), indent)).toEqual(values);
      expect(read("F64", [4], bytesOf(Float64Array.from(values)), indent)).toEqual(values);
      expect(read("F16", [2], bytesOf(Uint16Array.of(0x3c00, 0x0001)), indent)).toEqual(
        Float32Array.of(1, 2 ** -24),
      );
      const bfloats = Uint16Array.of(0x3f80, 0xbf00, 0x4049, 0x0008);
      expect(read("BF16", [4], bytesOf(bfloats), indent)).toEqual(values);
    }
  });

  test("F64 is rounded to the nearest f32", () => {
    expect(read("F64", [1], bytesOf(Float64Array.of(0.1)))[0]).toBe(Math.fround(0.1));
  });

  test("refuses what is not floating-point", async () => {
    await expectCode("WEIGHTS_DTYPE", () => read("I64", [1], new Uint8Array(8)));
    await expectCode("WEIGHTS_DTYPE", () => read("F8_E4M3", [1], new Uint8Array(1)));
  });

  test.each([
    ["F32", bytesOf(Float32Array.of(0, Number.NaN, 0, Infinity)), "NaN"],
    ["F32", bytesOf(Float32Array.of(0, -Infinity, 0, 0)), "-Infinity"],
    ["F64", bytesOf(Float64Array.of(0, 1e39, 0, 0)), "Infinity"],
    ["F16", bytesOf(Uint16Array.of(0, 0x7e00, 0, 0)), "NaN"],
    ["BF16", bytesOf(Uint16Array.of(0, 0x7f80, 0, 0)), "Infinity"],
  ])("refuses %s with a value that is not finite, and says where", async (dtype, data, found) => {
    const { message } = await expectCode("WEIGHTS_NOT_FINITE", () => read(dtype, [4], data));
    expect(message).toContain(`"a" holds ${found} at index 1`);
  });
});

describe("writing", () => {
  test("comes back, aligned, with F32 before F16", () => {
    const file = small();
    expect(Number(new DataView(file.buffer).getBigUint64(0, true)) % 8).toBe(0);
    const { metadata, tensors } = readSafetensors(file);
    expect(metadata).toEqual({ note: "größer", other: '"}{:' });
    expect([...tensors.keys()]).toEqual(["backbone.weight", "scalar", "empty", "head.bias"]);
    for (const { data, dtype } of tensors.values())
      expect(data.byteOffset % (dtype === "F32" ? 4 : 2)).toBe(0);
    expect(toFloat32(tensors.get("backbone.weight")!)).toEqual(Float32Array.of(1, -2, 3, 0.5, 0, 1e-30));
    expect(tensors.get("scalar")).toMatchObject({ shape: [], dtype: "F32" });
    expect(tensors.get("empty")!.data.length).toBe(0);
  });

  test("F16 rounds by at most half a unit in the last place", () => {
    const data = seededTensor("head.0.weight", [40, 25], 1);
    const file = writeSafetensors(new Map([["w", { shape: [40, 25], data, dtype: "F16" as const }]]));
    const back = toFloat32(readSafetensors(file).tensors.get("w")!);
    // 11 significant bits, so half a unit is at most 2^-11 of a value; all here are normal halves or are below 2^-14.
    for (const [i, value] of data.entries()) {
      expect(Math.abs(back[i] - value)).toBeLessThanOrEqual(Math.max(Math.abs(value), 2 ** -14) * 2 ** -11);
    }
  });

  test("refuses what could not be read back", async () => {
    const write = (name: string, shape: number[], data: number[], dtype?: "F16") => () =>
      writeSafetensors(new Map([[name, { shape, data: Float32Array.from(data), dtype }]]));
    await expectCode("WEIGHTS_SHAPE", write("a", [2], [1]));
    await expectCode("WEIGHTS_SHAPE", write("a", [-1, -1], [1]));
    await expectCode("WEIGHTS_NOT_FINITE", write("a", [1], [Number.NaN]));
    await expectCode("WEIGHTS_NOT_FINITE", write("a", [1], [70000], "F16"));
    await expectCode("WEIGHTS_HEADER", write("__metadata__", [1], [1]));
  });
});

test("500 damaged files are read or refused with a WeightsError", () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
  console.log(`safetensors fuzz: FUZZ_SEED=${seed}`);
  const at = noise("fuzz", seed);
  let drawn = 0;
  const below = (bound: number) => at(drawn++) % bound;
  const original = small();
  const headerEnd = 8 + Number(new DataView(original.buffer).getBigUint64(0, true));

  const refused = new Set<string>();
  let accepted = 0;
  for (let round = 0; round < 500; round++) {
    let file = original.slice();
    for (let edits = 1 + below(3); edits > 0; edits--) {
      // Most of what can go wrong is in the header.
      const place = below(4) > 0 ? below(Math.min(headerEnd, file.length)) : below(file.length);
      const kind = below(5);
      if (kind === 0) file[place] = below(256);
      else if (kind === 1) file[place] ^= 1 << below(8);
      else if (kind === 2) file[place] = 0x30 + below(10);
      else if (kind === 3) file = file.slice(0, Math.max(1, file.length - below(40)));
      else file.copyWithin(place, below(file.length), below(file.length));
    }
    try {
      const { tensors } = readSafetensors(file);
      for (const tensor of tensors.values()) toFloat32(tensor);
      accepted++;
    } catch (error) {
      if (!(error instanceof WeightsError))
        throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      refused.add(error.code);
    }
  }
  // The mutations reach beyond the JSON parser, and some of them (a metadata character, a weight) are harmless.
  expect(refused.size).toBeGreaterThan(3);
  expect(accepted).toBeGreaterThan(0);
});
