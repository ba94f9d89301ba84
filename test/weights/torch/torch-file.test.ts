import { describe, expect, test } from "vitest";
import { WeightsError } from "../../../src/errors.js";
import { toFloat32 } from "../../../src/weights/safetensors.js";
import { Budget } from "../../../src/weights/torch/budget.js";
import { openTorchFile, readTorchFile } from "../../../src/weights/torch/torch-file.js";
import { expectCode } from "../../support/errors.js";
import { expected, fixture, fromHex, hostile, latin1, torchArchive, zip } from "./archive.js";

/** Enough for every fixture but the bomb. */
const small = () => new Budget(2 ** 20, 2 ** 17);

describe("fixtures", () => {
  test.each(Object.keys(expected.tensors))("%s, value for value", async (name) => {
    const file = fixture(name);
    const budget = small();
    const tensors = await readTorchFile(file, budget);
    const found = [...tensors].map(([key, { dtype, shape, data }]) => {
      expect(tensors.get(key)!.name).toBe(key);
      return [key, { dtype, shape, hex: Buffer.from(data).toString("hex") }];
    });
    // TorchScript orders a module's attributes in its own way.
    expect(Object.fromEntries(found)).toEqual(expected.tensors[name]);
    if (name !== "script.pt") {
      expect(found.map(([key]) => key)).toEqual(Object.keys(expected.tensors[name]));
    }
    expect(budget.steps).toBeLessThan(file.length);
    expect(budget.bytes).toBeLessThan(50 * file.length);
  });

  test.each(Object.entries(expected.refused))("%s is refused: %o", async (name, { code, says }) => {
    const error = await expectCode(code, () => readTorchFile(fixture(name), small()));
    expect(error).toBeInstanceOf(WeightsError);
    expect(error.message).toContain(says);
  });

  test("dtypes convert: halves, bfloats and doubles", async () => {
    const tensors = await readTorchFile(fixture("dtypes.pt"));
    for (const dtype of ["F64", "F32", "F16", "BF16"]) {
      const finite = { ...tensors.get(dtype)!, shape: [6] };
      finite.data = finite.data.subarray(0, (finite.data.length / 8) * 6);
      // 2^-24 is the smallest half, and bfloat16 rounds 65504 up.
      const values = [0, -0, 1.5, -2, dtype === "BF16" ? 65536 : 65504, 2 ** -24];
      expect([...toFloat32(finite)]).toEqual(values);
    }
  });

  test("contiguous tensors are the file's own bytes, others are copies that are accounted for", async () => {
    const file = fixture("views.pt");
    const budget = new Budget();
    const tensors = await readTorchFile(file, budget);
    const views = [...tensors].filter(([, { data }]) => data.buffer === file.buffer).map(([name]) => name);
    expect(views).toEqual(["whole", "again", "tail", "scalar"]);
    const copied = [...tensors.values()].filter(({ data }) => data.buffer !== file.buffer);
    const copies = copied.reduce((sum, { data }) => sum + data.length, 0);
    expect(copies).toBeGreaterThan(0);
    expect(budget.bytes).toBeGreaterThan(copies);
    expect(tensors.get("whole")!.data.byteOffset).toBe(tensors.get("again")!.data.byteOffset);
  });

  test("texts of dicts are there by name, those of lists and below keys that are no names are not", async () => {
    const { texts, tensors } = await openTorchFile(fixture("checkpoint.pt"), small());
    expect(texts.get("note")).toBe("größer");
    expect([...texts.keys()].filter((name) => name.startsWith("history"))).toEqual([]);
    expect([...tensors.keys()]).toEqual(Object.keys(expected.tensors["checkpoint.pt"]));
  });

  test("an ArrayBuffer, and a view of one", async () => {
    const file = fixture("tensor.pt");
    const shifted = new Uint8Array(file.length + 9);
    shifted.set(file, 5);
    for (const source of [file.buffer, shifted.subarray(5, -4)]) {
      const tensor = (await readTorchFile(source)).get("")!;
      expect([...new BigInt64Array(tensor.data.slice().buffer)]).toEqual([1n, 2n]);
    }
  });

  test("a bomb is inflated where there is room for it, and a lying one never", async () => {
    const budget = new Budget();
    const tensor = (await readTorchFile(fixture("bomb.pt"), budget)).get("")!;
    expect(tensor.data.length).toBe(2 ** 23);
    expect(budget.bytes).toBeLessThan(2 ** 23 + 10_000);

    const lying = new Budget();
    await expectCode("WEIGHTS_ZIP", () => readTorchFile(fixture("lying-bomb.pt"), lying));
    expect(lying.bytes).toBeLessThan(10_000);
  });

  test("hold no path of the machine that made them", () => {
    for (const name of [...Object.keys(expected.tensors), ...Object.keys(expected.refused)]) {
      expect(Buffer.from(fixture(name)).toString("latin1"), name).not.toMatch(/\/(home|tmp|usr|root|work)\//);
    }
  });
});

describe("hostile pickles", () => {
  test.each(Object.entries(hostile))("%s", async (_, { pickle, code, says }) => {
    const file = torchArchive(fromHex(pickle), { "0": new Uint8Array(16) });
    const budget = small();
    const error = await expectCode(code, () => readTorchFile(file, budget));
    expect(error).toBeInstanceOf(WeightsError);
    expect(error.message).toContain(says);
    expect(error.message.length).toBeLessThan(500);
    if (code !== "WEIGHTS_TOO_LARGE") expect(budget.bytes).toBeLessThan(2 ** 17);
  });

  test("an expanded tensor is refused before it is allocated, by the default budget too", async () => {
    const { pickle } = hostile["an expanded tensor of 2^93 elements"];
    const budget = new Budget();
    const file = torchArchive(fromHex(pickle), { "0": new Uint8Array(16) });
    const { message } = await expectCode("WEIGHTS_TOO_LARGE", () => readTorchFile(file, budget));
    expect(message).toContain("[2147483647, 2147483647, 2147483647]");
    expect(budget.bytes).toBeLessThan(10_000);
  });

  test("a bare name is harmless, and no tensor", async () => {
    const pickle = latin1("\x80\x02}(X\x01\0\0\0acposix\nsystem\nX\x01\0\0\0bK\x01u.");
    expect(await readTorchFile(torchArchive(pickle))).toEqual(new Map());
  });

  test("refusals say how to mend them", async () => {
    const module = await expectCode("WEIGHTS_UNSAFE", () => readTorchFile(fixture("module.pt")));
    expect(module.mend).toContain("torch.save(model.state_dict(), path)");
    const numpy = await expectCode("WEIGHTS_UNSAFE", () => readTorchFile(fixture("numpy.pt")));
    expect(numpy.mend).toContain(".item()");
    const legacy = await expectCode("WEIGHTS_LEGACY", () => readTorchFile(fixture("legacy.pt")));
    expect(legacy.mend).toContain("newer PyTorch");
  });
});

describe("what is not PyTorch's", () => {
  const none = latin1("N.");
  const cases: [string, string, Uint8Array, string][] = [
    ["nothing", "WEIGHTS_NOT_TORCH", new Uint8Array(0), '""'],
    ["a web page", "WEIGHTS_NOT_TORCH", latin1("<!DOCTYPE html><html>"), "<!DOCTYPE"],
    ["bytes that are no text", "WEIGHTS_NOT_TORCH", latin1("\xff\xfe\0\x01"), "begins with"],
    ["a bare pickle", "WEIGHTS_NOT_TORCH", latin1("\x80\x02}."), "none of PyTorch's"],
    ["safetensors", "WEIGHTS_NOT_TORCH", latin1('\x02\0\0\0\0\0\0\0{"a":1}'), "safetensors"],
    ["an empty zip archive", "WEIGHTS_NOT_TORCH", zip([]).bytes, "no data.pkl"],
    ["another zip archive", "WEIGHTS_NOT_TORCH", zip([{ name: "a/b", data: none }]).bytes, "no data.pkl"],
    [
      "a pickle too deep",
      "WEIGHTS_NOT_TORCH",
      zip([{ name: "a/b/data.pkl", data: none }]).bytes,
      "no data.pkl",
    ],
    [
      "two pickles",
      "WEIGHTS_ZIP",
      zip([
        { name: "a/data.pkl", data: none },
        { name: "b/data.pkl", data: none },
      ]).bytes,
      "2 pickles",
    ],
    [
      "another byte order",
      "WEIGHTS_BYTE_ORDER",
      zip([
        { name: "a/data.pkl", data: none },
        { name: "a/byteorder", data: latin1("middle".repeat(100)) },
      ]).bytes,
      "middle",
    ],
  ];
  test.each(cases)("%s: %s", async (_, code, file, said) => {
    const { message } = await expectCode(code, () => readTorchFile(file));
    expect(message).toContain(said);
    expect(message.length).toBeLessThan(300);
  });
});
