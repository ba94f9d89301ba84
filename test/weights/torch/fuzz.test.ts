/** Damaged and hostile files at random: each is read or refused with a WeightsError, within its budget. */
import { expect, test } from "vitest";
import { WeightsError } from "../../../src/errors.js";
import type { Dtype } from "../../../src/weights/safetensors.js";
import { Budget } from "../../../src/weights/torch/budget.js";
import { readTorchFile } from "../../../src/weights/torch/torch-file.js";
import { readZipDirectory, readZipEntry } from "../../../src/weights/torch/zip.js";
import { noise } from "../../support/seeded.js";
import {
  expected,
  fixture,
  fromHex,
  hostile,
  join,
  latin1,
  type Member,
  torchArchive,
  zip,
} from "./archive.js";

const rounds = 2000;
const maxBytes = 2 ** 21;
const maxSteps = 2 ** 16;

const elementSize: Partial<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Lengths, and other numbers, of which something may be made that is not there. */
const extremes = ["\xff\xff\xff\xff", "\xff\xff\xff\x7f", "\0\0\0\x80", "\0\0\0\0", "\xff\xff\0\0"].map(
  latin1,
);

/** Instructions of pickles, to be put anywhere. */
const instructions = latin1(
  "(012NIJKMLGXUTCB)t]ae}suhjqrcRbQio.\x80\x81\x82\x85\x86\x87\x88\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96",
);

/** A fixture whose pickle can be changed, and its length with it. */
interface Opened {
  pickle: Uint8Array;
  others: Member[];
}

test(`${rounds} damaged files are read or refused with a WeightsError`, async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);
  console.log(`torch fuzz: FUZZ_SEED=${seed}`);
  const at = noise("torch fuzz", seed);
  let drawn = 0;
  const below = (bound: number) => at(drawn++) % Math.max(bound, 1);
  const oneOf = <T>(values: readonly T[]) => values[below(values.length)];

  const good: Uint8Array[] = Object.keys(expected.tensors).map(fixture);
  const bad: Uint8Array[] = Object.keys(expected.refused).map(fixture);
  for (const { pickle } of Object.values(hostile)) {
    bad.push(torchArchive(fromHex(pickle), { "0": new Uint8Array(16) }));
  }
  const openedGood = await openAll(good);
  const openedBad = await openAll(bad);
  expect([openedGood.length, openedBad.length]).toEqual([good.length, bad.length - 2]); // All but the legacy ones.

  /** One change of some bytes, from a place on; unless `inPlace`, the length may change with it. */
  const damage = (bytes: Uint8Array, inPlace = false, from = 0): Uint8Array => {
    const place = from + below(bytes.length - from);
    const end = Math.min(bytes.length, place + 1 + below(16));
    const changed = bytes.slice();
    switch (below(inPlace ? 3 : 7)) {
      case 0:
        changed[place] ^= 1 << below(8);
        return changed;
      case 1:
        changed[place] = instructions[below(instructions.length)];
        return changed;
      case 2:
        changed.set(oneOf(extremes).subarray(0, changed.length - place), place);
        return changed;
      case 3:
        return bytes.slice(0, place);
      case 4:
        return join(bytes.subarray(0, place), bytes.subarray(end));
      case 5:
        return join(bytes.subarray(0, end), bytes.subarray(place));
      default: {
        const other = oneOf(openedGood).pickle;
        const start = below(other.length);
        const piece = other.subarray(start, start + 1 + below(40));
        return join(bytes.subarray(0, place), piece, bytes.subarray(place));
      }
    }
  };
  const damaged = (): Uint8Array => {
    const fromGood = below(3) > 0;
    const edits = 1 + below(2);
    if (below(2) === 0) {
      // The archive: its directory, at the end, as often as anything else.
      let bytes: Uint8Array = oneOf(fromGood ? good : bad);
      for (let i = 0; i < edits; i++) {
        bytes = damage(bytes, below(5) > 0, below(2) === 0 ? Math.max(0, bytes.length - 1000) : 0);
      }
      return bytes;
    }
    let { pickle, others } = oneOf(fromGood ? openedGood : openedBad);
    for (let i = 0; i < edits; i++) pickle = damage(pickle, below(3) > 0);
    return zip([{ name: "archive/data.pkl", data: pickle }, ...others]).bytes;
  };

  const codes = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const file = damaged();
    const budget = new Budget(maxBytes, maxSteps);
    let code = "read";
    try {
      const tensors = await readTorchFile(file, budget);
      // What was allocated for the tensors, each array once, was asked for.
      const copies = new Set([...tensors.values()].map(({ data }) => data.buffer));
      copies.delete(file.buffer);
      const copied = [...copies].reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(copied).toBeLessThanOrEqual(budget.bytes);
      for (const { dtype, shape, data } of tensors.values()) {
        expect(data.length).toBe(shape.reduce((product, side) => product * side, elementSize[dtype]!));
      }
    } catch (error) {
      if (!(error instanceof WeightsError))
        throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      code = error.code;
    }
    expect(budget.bytes).toBeLessThanOrEqual(maxBytes);
    expect(budget.steps).toBeLessThanOrEqual(maxSteps + 1);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  console.log(`torch fuzz: ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")}`);
  // The damage reaches beyond the archive and the pickle, and some of it is harmless.
  expect(codes.size).toBeGreaterThan(7);
  expect(codes.get("read")).toBeGreaterThan(rounds / 20);
});

async function openAll(files: Uint8Array[]): Promise<Opened[]> {
  return (await Promise.all(files.map(open))).filter((file) => file !== undefined);
}

/** An archive taken apart, with its storages as `archive/data/…`; undefined where it is none. */
async function open(file: Uint8Array): Promise<Opened | undefined> {
  const budget = new Budget(2 ** 21);
  let pickle: Uint8Array | undefined;
  const others: Member[] = [];
  try {
    for (const [name, entry] of readZipDirectory(file, budget)) {
      const inner = name.slice(name.indexOf("/") + 1);
      if (inner === "data.pkl") pickle = await readZipEntry(file, entry, budget);
      else if (inner.startsWith("data/")) {
        others.push({ name: `archive/${inner}`, data: await readZipEntry(file, entry, budget) });
      }
    }
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
  }
  return pickle && { pickle, others };
}
