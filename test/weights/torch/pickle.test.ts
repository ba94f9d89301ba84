import { describe, expect, test } from "vitest";
import { Budget } from "../../../src/weights/torch/budget.js";
import { readPickle } from "../../../src/weights/torch/pickle.js";
import {
  Global,
  type PickleValue,
  type ScriptObject,
  TensorRef,
  Tuple,
} from "../../../src/weights/torch/values.js";
import { readZipDirectory, readZipEntry } from "../../../src/weights/torch/zip.js";
import { expectCode } from "../../support/errors.js";
import { fixture, latin1 } from "./archive.js";

const read = (program: string, budget = new Budget()) => readPickle(latin1(program), budget);

async function pickleOf(name: string): Promise<Uint8Array> {
  const file = fixture(name);
  const budget = new Budget();
  const entry = readZipDirectory(file, budget).get(name.replace(".pt", "/data.pkl"))!;
  return readZipEntry(file, entry, budget);
}

describe("values", () => {
  test.each(["checkpoint.pt", "protocol-1.pt", "protocol-4.pt", "protocol-5.pt"])("%s", async (name) => {
    const tree = readPickle(await pickleOf(name), new Budget());
    expect(tree).toBeInstanceOf(Map);
    const at = (...path: PickleValue[]) =>
      path.reduce<PickleValue>((value, key) => (value as Map<PickleValue, PickleValue>).get(key)!, tree);
    expect(at("epoch")).toBe(3);
    expect(at("best")).toBe(0.25);
    expect(at("done")).toBe(false);
    expect(at("note")).toBe("größer");
    expect(at("nothing")).toBe(null);
    expect(at("numbers")).toEqual([2 ** 31, -(2 ** 40), 2n ** 70n, -1, 255, 256, 65536]);
    expect(at("raw")).toEqual(Uint8Array.of(0, 255));
    expect(at("words")).toEqual(new Set(["a"]));
    expect(at("size")).toEqual(new Tuple([1, 2]));
    expect(at("dtype")).toEqual(new Global("torch", "float16"));
    expect(at("device")).toBe("cuda:1");
    expect(at("state_dict", "weight")).toBeInstanceOf(TensorRef);
    expect(at("optimizer", "state", 0, "exp_avg")).toBeInstanceOf(TensorRef);
    expect(at("scheduler", "milestones")).toEqual(
      new Map([
        [5, 1],
        [9, 1],
      ]),
    );
  });

  test("a TorchScript module and its attributes", async () => {
    const net = readPickle(await pickleOf("script.pt"), new Budget()) as ScriptObject;
    expect(net.type).toEqual(new Global("__torch__", "Net"));
    const block = (net.attributes.get("blocks") as ScriptObject).attributes.get("1") as ScriptObject;
    expect(block.attributes.get("weight")).toMatchObject({
      shape: [4],
      storage: { dtype: "F16", length: 4 },
    });
    expect(block.attributes.get("sizes")).toEqual([1, 2]);
    expect(block.attributes.get("scales")).toEqual([0.5]);
    expect(block.attributes.get("flags")).toEqual([true]);
    expect(block.attributes.get("names")).toEqual(new Map([["a", 1]]));
    expect(block.attributes.get("pair")).toEqual(new Tuple([1, 2.5]));
    expect(block.attributes.get("device")).toBe("cpu");
  });

  const cases: [string, string, PickleValue][] = [
    ["no protocol", "N.", null],
    ["booleans of protocol 1", "(I00\nI01\nI7\nI-7\nt.", new Tuple([false, true, 7, -7])],
    ["long integers as text", "(L12L\nL-9007199254740993L\nt.", new Tuple([12, -9007199254740993n])],
    ["an empty integer", "\x80\x02\x8a\0.", 0],
    [
      "integers of one and nine bytes",
      "(\x8a\x01\xff\x8a\x09\0\0\0\0\0\0\0\0\x80t.",
      new Tuple([-1, -(2n ** 71n)]),
    ],
    ["an integer with a long length", "\x8b\x02\0\0\0\x01\x02.", 513],
    ["small integers", "(K\xffM\x01\x02J\xfe\xff\xff\xfft.", new Tuple([255, 513, -2])],
    ["a float", "G\xbf\xf8\0\0\0\0\0\0.", -1.5],
    ["Python 2's strings", "(U\x02abT\x01\0\0\0ct.", new Tuple(["ab", "c"])],
    ["text with an eight-byte length", "\x8d\x01\0\0\0\0\0\0\0a.", "a"],
    ["a byte order mark is text", "\x8c\x03\xef\xbb\xbf.", "\ufeff"],
    ["bytes of each kind", "(C\x01aB\x01\0\0\0bt.", new Tuple([latin1("a"), latin1("b")])],
    [
      "bytes with eight-byte lengths",
      "\x8e\x01\0\0\0\0\0\0\0a\x96\0\0\0\0\0\0\0\0\x86.",
      new Tuple([latin1("a"), latin1("")]),
    ],
    [
      "bytes as Latin-1 text",
      "c_codecs\nencode\nX\x03\0\0\0a\xc3\xbfX\x06\0\0\0latin1\x86R.",
      latin1("a\xff"),
    ],
    [
      "tuples of each kind",
      ")\x85N\x86NN\x87.",
      new Tuple([new Tuple([new Tuple([new Tuple([])]), null]), null, null]),
    ],
    ["lists", "]Na(K\x01K\x02e.", [null, 1, 2]],
    [
      "dicts",
      "}K\x01Ns(K\x02Nu.",
      new Map([
        [1, null],
        [2, null],
      ]),
    ],
    [
      "sets",
      "(\x8f(K\x01K\x02\x90(K\x03\x91c__builtin__\nset\n](K\x04e\x85Rt.",
      new Tuple([new Set([1, 2]), new Set([3]), new Set([4])]),
    ],
    ["a memo by number", "K\x07q\x05r\0\0\0\x80h\x05j\0\0\0\x80\x87.", new Tuple([7, 7, 7])],
    [
      "a memo in order",
      "K\x07\x94K\x08\x94h\0h\x01\x86\x86\x86.",
      new Tuple([7, new Tuple([8, new Tuple([7, 8])])]),
    ],
    ["values dropped and doubled", "(N1(N0tK\x012\x87.", new Tuple([new Tuple([]), 1, 1])],
    ["a mark dropped", "N(0.", null],
    ["a frame", "\x80\x04\x95\x02\0\0\0\0\0\0\0N.", null],
    ["a name off the stack", "X\x05\0\0\0torchX\x05\0\0\0int64\x93.", new Global("torch", "int64")],
  ];
  test.each(cases)("%s", (_, program, value) => {
    expect(read(program)).toEqual(value);
  });
});

describe("bounds", () => {
  test("steps, of a program that only takes time", async () => {
    const budget = new Budget(2 ** 20, 1000);
    await expectCode("WEIGHTS_TOO_LARGE", () => read(`${"N0".repeat(10_000)}N.`, budget));
    expect(budget.steps).toBe(1001);
  });

  const growing: [string, string][] = [
    ["the stack, with copies", `N${"2".repeat(100_000)}.`],
    ["dicts", `${"}".repeat(100_000)}.`],
    ["lists", `${"]".repeat(100_000)}.`],
    [
      "the memo",
      `N${Array.from({ length: 40_000 }, (_, i) => `r${String.fromCharCode(i & 255, i >> 8, 0, 0)}`).join("")}.`,
    ],
    ["a list that grows by itself", `]q\0${`(${"h\0".repeat(100)}e`.repeat(2000)}.`],
    [
      "bytes made again and again",
      `c_codecs\nencode\nX\0\x10\0\0${"x".repeat(4096)}X\x06\0\0\0latin1\x86q\0${"c_codecs\nencode\nh\0R0".repeat(1000)}.`,
    ],
    ["sets made again and again", `](${"K\x01".repeat(200)}e\x85q\0${"cbuiltins\nset\nh\0R0".repeat(1000)}.`],
    [
      "attributes set again and again",
      `c__torch__\nM\n)\x81}${Array.from({ length: 200 }, (_, i) => `X\x01\0\0\0${String.fromCharCode(i % 128)}Ns`).join("")}q\x00b${"h\0b".repeat(1000)}.`,
    ],
    ["names", `${`cx\n${"y".repeat(4000)}\n0`.repeat(1000)}.`],
  ];
  test.each(growing)("memory: %s", async (_, program) => {
    const budget = new Budget(2 ** 19);
    await expectCode("WEIGHTS_TOO_LARGE", () => read(program, budget));
    expect(budget.bytes).toBeLessThanOrEqual(2 ** 19);
  });

  test("the stack's height", async () => {
    const { message } = await expectCode("WEIGHTS_PICKLE", () => read("N".repeat(2 ** 20 + 1)));
    expect(message).toContain("1048576 values");
  });
});
