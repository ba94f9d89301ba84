/** Zip archives made for tests, and the fixtures of `tools/train/torch_fixtures.py`. */
import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

/** A file beside this one. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, import.meta.url)));
}

/** A tensor of a fixture as PyTorch has it; `hex` its row-major bytes. */
export interface ExpectedTensor {
  dtype: string;
  shape: number[];
  hex: string;
}

/** What a refusal's code is, and what its message says. */
export interface Refusal {
  code: string;
  says: string;
}

/** What `readTorchFile` gives for each fixture: its tensors by name, or a refusal. */
export const expected: {
  tensors: Record<string, Record<string, ExpectedTensor>>;
  refused: Record<string, Refusal>;
} = JSON.parse(Buffer.from(fixture("expected.json")).toString());

/** Pickles, in hex, that must be refused. */
export const hostile: Record<string, Refusal & { pickle: string }> = JSON.parse(
  Buffer.from(fixture("hostile.json")).toString(),
);

export interface Member {
  name: string;
  data: Uint8Array;
  deflated?: boolean;
  /** With the sizes and the place in a zip64 field. */
  zip64?: boolean;
}

export interface Archive {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  /** Where each entry's local header is, and its record in the directory. */
  locals: number[];
  records: number[];
  /** Where the zip64 record and the end record are. */
  end64: number;
  end: number;
}

/** A zip archive; with zip64 end records if any member has `zip64`. */
export function zip(members: Member[], comment = ""): Archive {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    parts.push(part);
    length += part.length;
  };
  const packed = members.map(({ name, data, deflated, zip64 }) => {
    const content = deflated ? deflateRawSync(data) : data;
    return { name: new TextEncoder().encode(name), data, content, method: deflated ? 8 : 0, zip64 };
  });

  const locals = packed.map(({ name, data, content, method, zip64 }) => {
    const at = length;
    const sizes = zip64 ? u32(0xffffffff, 0xffffffff) : u32(content.length, data.length);
    const extra = zip64 ? join(u16(1, 16), u64(data.length, content.length)) : u16();
    add(
      join(
        u32(0x04034b50),
        u16(45, 0, method, 0, 0),
        u32(0),
        sizes,
        u16(name.length, extra.length),
        name,
        extra,
      ),
    );
    add(content);
    return at;
  });
  const start = length;
  const records = packed.map(({ name, data, content, method, zip64 }, i) => {
    const at = length;
    const sizes = zip64 ? u32(0xffffffff, 0xffffffff) : u32(content.length, data.length);
    const extra = zip64 ? join(u16(1, 24), u64(data.length, content.length, locals[i])) : u16();
    add(
      join(u32(0x02014b50), u16(45, 45, 0, method, 0, 0), u32(0), sizes, u16(name.length, extra.length, 0)),
    );
    add(join(u16(0, 0), u32(0, zip64 ? 0xffffffff : locals[i]), name, extra));
    return at;
  });
  const end64 = length;
  const size = end64 - start;
  const count = members.length;
  const long = members.some(({ zip64 }) => zip64);
  if (long) {
    add(join(u32(0x06064b50), u64(44), u16(45, 45), u32(0, 0), u64(count, count, size, start)));
    add(join(u32(0x07064b50, 0), u64(end64), u32(1)));
  }
  const end = length;
  const place = long ? u32(0xffffffff, 0xffffffff) : u32(size, start);
  const shown = long ? 0xffff : count;
  add(join(u32(0x06054b50), u16(0, 0, shown, shown), place, u16(comment.length), Buffer.from(comment)));

  const bytes = join(...parts);
  return { bytes, view: new DataView(bytes.buffer), locals, records, end64, end };
}

/** An archive as `torch.save` makes it: this pickle, and storages by key. */
export function torchArchive(pickle: Uint8Array, storages: Record<string, Uint8Array> = {}): Uint8Array {
  const members = Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data }));
  return zip([{ name: "archive/data.pkl", data: pickle }, ...members]).bytes;
}

/** A pickle's bytes from characters of Latin-1. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

function u16(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function u64(...values: number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}
