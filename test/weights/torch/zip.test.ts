import { describe, expect, test } from "vitest";
import { Budget } from "../../../src/weights/torch/budget.js";
import { readZipDirectory, readZipEntry } from "../../../src/weights/torch/zip.js";
import { expectCode } from "../../support/errors.js";
import { noise } from "../../support/seeded.js";
import { type Archive, fixture, latin1, zip } from "./archive.js";

/** Bytes that hardly deflate, and more of them deflated than are inflated at a time. */
const at = noise("zip", 1);
const large = Uint8Array.from({ length: 100_000 }, (_, i) => at(i) & 127);

const members = [
  { name: "a/stored", data: latin1("stored") },
  { name: "a/größer", data: latin1("deflated ".repeat(20)), deflated: true },
  { name: "a/large", data: large, deflated: true },
  { name: "a/empty", data: new Uint8Array(0) },
  { name: "a/nothing", data: new Uint8Array(0), deflated: true },
];

/** Everything in an archive, by name. */
async function readAll(file: Uint8Array, budget = new Budget()) {
  const contents: [string, Uint8Array][] = [];
  for (const [name, entry] of readZipDirectory(file, budget)) {
    contents.push([name, await readZipEntry(file, entry, budget)]);
  }
  return contents;
}

describe("reading", () => {
  const archives: [string, Archive][] = [
    ["zip", zip(members)],
    ["zip64", zip(members.map((member) => ({ ...member, zip64: true })))],
    ["both", zip(members.map((member, i) => ({ ...member, zip64: i % 2 === 0 })))],
    ["a comment", zip(members, "PK\x05\x06 and more of a comment, with an end record in it")],
  ];
  test.each(archives)("%s", async (_, { bytes }) => {
    const contents = await readAll(bytes);
    expect(contents.map(([name]) => name)).toEqual(members.map(({ name }) => name));
    for (const [i, [, data]] of contents.entries()) {
      expect(Buffer.compare(data, members[i].data)).toBe(0);
      expect(data.buffer === bytes.buffer).toBe(!members[i].deflated);
    }
  });

  test("what PyTorch writes: sizes after the data, padding, zip64 at the end", async () => {
    const file = fixture("state-dict.pt");
    const entries = readZipDirectory(file, new Budget());
    expect([...entries.keys()]).toContain("state-dict/data/0");
    const { start, size } = entries.get("state-dict/data/0")!;
    expect([start % 64, size]).toEqual([0, 216]);
  });

  test("inflating is asked for beforehand", async () => {
    const { bytes } = zip(members);
    const [, , entry] = readZipDirectory(bytes, new Budget()).values();
    const budget = new Budget(large.length - 1);
    const { message } = await expectCode("WEIGHTS_TOO_LARGE", () => readZipEntry(bytes, entry, budget));
    expect(message).toContain('"a/large", 100000 bytes inflated');
    expect(budget.bytes).toBe(0);
  });

  test("the directory's size is bounded", async () => {
    const many = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`, data: new Uint8Array(0) }));
    await expectCode("WEIGHTS_TOO_LARGE", () => readZipDirectory(zip(many).bytes, new Budget(10_000)));
    await expectCode("WEIGHTS_TOO_LARGE", () => readZipDirectory(zip(many).bytes, new Budget(2 ** 20, 999)));
  });
});

describe("refusing", () => {
  const plain = [members[0], members[1], { name: "a/b", data: latin1("0123456789") }];
  const long = plain.map((member) => ({ ...member, zip64: true }));

  const cases: [string, string, Archive["bytes"] | ((archive: Archive) => void), string][] = [
    ["no end", "WEIGHTS_TRUNCATED", zip(plain).bytes.slice(0, -23), "no end"],
    ["one byte less", "WEIGHTS_TRUNCATED", zip(plain).bytes.slice(0, -1), "no end"],
    ["four bytes", "WEIGHTS_TRUNCATED", latin1("PK\x05\x06"), "4 bytes"],
    ["bytes before it", "WEIGHTS_ZIP", new Uint8Array([0, ...zip(plain).bytes]), "should end at byte"],
    [
      "a directory elsewhere",
      "WEIGHTS_ZIP",
      ({ view, end }) => view.setUint32(end + 16, 7, true),
      "should end",
    ],
    [
      "a huge directory",
      "WEIGHTS_ZIP",
      ({ view, end }) => view.setUint32(end + 12, 0xfffffff0, true),
      "should end",
    ],
    ["several disks", "WEIGHTS_ZIP", ({ view, end }) => view.setUint16(end + 4, 1, true), "several parts"],
    [
      "entries on other disks",
      "WEIGHTS_ZIP",
      ({ view, end }) => view.setUint16(end + 8, 2, true),
      "several parts",
    ],
    ["too many entries", "WEIGHTS_ZIP", ({ view, end }) => setCount(view, end, 4), "does not fit"],
    ["too few entries", "WEIGHTS_ZIP", ({ view, end }) => setCount(view, end, 2), "directory ends"],
    ["no record", "WEIGHTS_ZIP", ({ view, records }) => view.setUint32(records[1], 7, true), "no record"],
    [
      "a long name",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint16(records[2] + 28, 65535, true),
      "does not fit",
    ],
    [
      "a long comment",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint16(records[2] + 32, 9, true),
      "does not fit",
    ],
    [
      "a name that is not UTF-8",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint8(records[0] + 46, 255),
      "UTF-8",
    ],
    [
      "an encrypted entry",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint16(records[0] + 8, 1, true),
      "encrypted",
    ],
    [
      "an entry beyond the end",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint32(records[0] + 42, 1e9, true),
      "not within",
    ],
    [
      "an entry in the directory",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint32(records[0] + 42, records[0], true),
      "not within",
    ],
    [
      "an entry elsewhere",
      "WEIGHTS_ZIP",
      ({ view, records }) => view.setUint32(records[0] + 42, 1, true),
      "is not at byte 1",
    ],
    ["another name", "WEIGHTS_ZIP", ({ view, locals }) => view.setUint8(locals[0] + 30, 98), "another name"],
    [
      "another length of name",
      "WEIGHTS_ZIP",
      ({ view, locals }) => view.setUint16(locals[0] + 26, 7, true),
      "another name",
    ],
    [
      "another method",
      "WEIGHTS_ZIP",
      ({ view, locals }) => view.setUint16(locals[0] + 8, 8, true),
      "another method",
    ],
    [
      "another size",
      "WEIGHTS_ZIP",
      ({ view, locals }) => view.setUint32(locals[0] + 22, 5, true),
      "another size",
    ],
    [
      "another compressed size",
      "WEIGHTS_ZIP",
      ({ view, locals }) => view.setUint32(locals[0] + 18, 0, true),
      "another size",
    ],
    ["data beyond the directory", "WEIGHTS_ZIP", (archive) => setSizes(archive, 2, 1e6, 1e6), "not within"],
    [
      "an extra field beyond it",
      "WEIGHTS_ZIP",
      ({ view, locals }) => view.setUint16(locals[2] + 28, 65535, true),
      "not within",
    ],
    ["overlapping entries", "WEIGHTS_ZIP", (archive) => setSizes(archive, 0, 30, 30), "overlap"],
    ["stored and not of its size", "WEIGHTS_ZIP", (archive) => setSizes(archive, 0, 6, 5), "5 bytes in 6"],
    [
      "deflated, shorter than said",
      "WEIGHTS_ZIP",
      (archive) => setSizes(archive, 1, undefined, 181),
      "181 bytes",
    ],
    [
      "deflated, longer than said",
      "WEIGHTS_ZIP",
      (archive) => setSizes(archive, 1, undefined, 179),
      "179 bytes",
    ],
    [
      "more than deflate can hold",
      "WEIGHTS_ZIP",
      (archive) => setSizes(archive, 1, undefined, 1e6),
      "cannot be",
    ],
    ["cut deflated data", "WEIGHTS_ZIP", (archive) => setSizes(archive, 1, 5, undefined), "inflate"],
    [
      "damaged deflated data",
      "WEIGHTS_ZIP",
      ({ bytes, locals }) => bytes.fill(255, locals[1] + 40, locals[1] + 44),
      "inflated",
    ],
    ["an unknown method", "WEIGHTS_ZIP", (archive) => setMethod(archive, 0, 12), "method 12"],
  ];
  test.each(cases)("%s: %s", async (_, code, change, said) => {
    const archive = zip(plain);
    if (typeof change === "function") change(archive);
    const { message } = await expectCode(code, () =>
      readAll(typeof change === "function" ? archive.bytes : change),
    );
    expect(message).toContain(said);
  });

  const cases64: [string, (archive: Archive) => void, string][] = [
    ["a record elsewhere", ({ view, end }) => view.setUint32(end - 12, 7, true), "not at byte 7"],
    ["a record beyond 2^53", ({ view, end }) => view.setUint32(end - 8, 0xffffffff, true), "not at byte"],
    [
      "a record of another size",
      ({ view, end64 }) => view.setUint32(end64 + 4, 43, true),
      "size that it says",
    ],
    ["a record that contradicts", ({ view, end }) => view.setUint16(end + 10, 2, true), "contradict"],
    ["several disks", ({ view, end64 }) => view.setUint32(end64 + 16, 1, true), "several parts"],
    ["2^63 entries", ({ view, end64 }) => setCount64(view, end64), "does not fit"],
    [
      "a directory beyond 2^53",
      ({ view, end64 }) => view.setUint32(end64 + 52, 0xffffffff, true),
      "should end",
    ],
    [
      "a short field",
      ({ view, records }) => view.setUint16(records[0] + 46 + 8 + 2, 16, true),
      "zip64 field",
    ],
    ["no field", ({ view, records }) => view.setUint16(records[0] + 46 + 8, 9, true), "zip64 field"],
    [
      "an entry beyond 2^53",
      ({ view, records }) => view.setUint32(records[0] + 46 + 8 + 24, 0xffffffff, true),
      "not within",
    ],
    [
      "data beyond 2^53",
      ({ view, records }) => view.setUint32(records[0] + 46 + 8 + 16, 0xffffffff, true),
      "not within",
    ],
  ];
  test.each(cases64)("zip64 with %s", async (_, change, said) => {
    const archive = zip(long);
    change(archive);
    const { message } = await expectCode("WEIGHTS_ZIP", () => readAll(archive.bytes));
    expect(message).toContain(said);
  });

  test("a name twice", async () => {
    const { message } = await expectCode("WEIGHTS_ZIP", () => readAll(zip([members[0], members[0]]).bytes));
    expect(message).toContain('"a/stored" twice');
  });

  test.each([0, 1, 16384, 32768, 65536, 99_999])("100,000 bytes that should inflate to %i", async (size) => {
    const archive = zip([members[2]]);
    setSizes(archive, 0, undefined, size);
    const { message } = await expectCode("WEIGHTS_ZIP", () => readAll(archive.bytes));
    expect(message).toContain(`${size} bytes that it should inflate to`);
  });

  test("data after a deflated stream, near its end and far from it, do not hang it", async () => {
    const { bytes } = zip([members[2], { name: "a/z", data: new Uint8Array(50_000) }]);
    for (const more of [1, 40_000]) {
      const [entry] = readZipDirectory(bytes, new Budget()).values();
      const longer = { ...entry, compressedSize: entry.compressedSize + more };
      const data = await readZipEntry(bytes, longer, new Budget()).catch((error: unknown) => error);
      if (data instanceof Uint8Array) expect(Buffer.compare(data, large)).toBe(0);
      else expect(data).toMatchObject({ code: "WEIGHTS_ZIP" });
    }
  });
});

function setCount(view: DataView, end: number, count: number): void {
  view.setUint16(end + 8, count, true);
  view.setUint16(end + 10, count, true);
}

function setCount64(view: DataView, end64: number): void {
  view.setBigUint64(end64 + 24, 1n << 63n, true);
  view.setBigUint64(end64 + 32, 1n << 63n, true);
}

/** Changes an entry's sizes in its header and in the directory alike. */
function setSizes({ view, locals, records }: Archive, i: number, compressed?: number, size?: number): void {
  if (compressed !== undefined) {
    view.setUint32(locals[i] + 18, compressed, true);
    view.setUint32(records[i] + 20, compressed, true);
  }
  if (size !== undefined) {
    view.setUint32(locals[i] + 22, size, true);
    view.setUint32(records[i] + 24, size, true);
  }
}

function setMethod({ view, locals, records }: Archive, i: number, method: number): void {
  view.setUint16(locals[i] + 8, method, true);
  view.setUint16(records[i] + 10, method, true);
}
