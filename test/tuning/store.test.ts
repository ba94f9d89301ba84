import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheFolder, fileStore } from "../../src/tuning/file-store.js";
import { keepTuning, readTuning } from "../../src/tuning/store.js";
import { type TuningTable, tuningVersion } from "../../src/tuning/table.js";

const adapter = "Acme 9000 (driver 1.2.3)";
const table: TuningTable = {
  version: tuningVersion,
  adapter,
  convolutions: { "28x30x64x64 k3x3 s1 p1": "winograd4 tiled4x8x8" },
};

let folder: string;
let notices: string[];
const store = fileStore(() => join(folder, "not", "there yet"));
const file = () => join(folder, "not", "there yet", "acme-9000-driver-1.2.3.json");
const read = () => readTuning(store, adapter, (notice) => notices.push(notice));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bpclip-tuning-"));
  notices = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("tables in files", () => {
  it("are not there at first, which is no news", async () => {
    expect(await read()).toBeUndefined();
    expect(notices).toEqual([]);
  });

  it("are kept and read, one file an adapter", async () => {
    const kept = await keepTuning(store, table);
    expect(kept).toEqual({ table, place: file() });
    await keepTuning(store, { ...table, adapter: "Another" });
    expect(await read()).toEqual(table);
    expect(notices).toEqual([]);
    expect(readdirSync(join(folder, "not", "there yet")).sort()).toEqual([
      "acme-9000-driver-1.2.3.json",
      "another.json",
    ]);
  });

  it("add up, what is measured later before what was", async () => {
    await keepTuning(store, {
      ...table,
      convolutions: { ...table.convolutions, "1x9x4x4 k1x1 s1 p0": "splitK direct8" },
    });
    const later = { "28x30x64x64 k3x3 s1 p1": "winograd2 direct4", "2x9x4x4 k1x1 s1 p0": "splitK direct4" };
    const kept = await keepTuning(store, { ...table, convolutions: later });
    expect(kept.table.convolutions).toEqual({ "1x9x4x4 k1x1 s1 p0": "splitK direct8", ...later });
    expect(await read()).toEqual(kept.table);
  });

  it.each([
    ["damaged", '{"version": 1, "adap', /is not used.*no tuning table/],
    ["of another version", JSON.stringify({ ...table, version: 0 }), /version is 0.*bpclip tune/],
    [
      "of another adapter",
      JSON.stringify({ ...table, adapter: "Another" }),
      /is of Another, and is not used/,
    ],
  ])("that are %s are not used, which a notice says, and not lost", async (_, text, message) => {
    await keepTuning(store, table);
    writeFileSync(file(), text);
    expect(await read()).toBeUndefined();
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(message);

    await keepTuning(store, table);
    expect(await read()).toEqual(table);
    expect(readFileSync(file().replace(".json", "-refused.json"), "utf8")).toBe(text);
  });

  it("that cannot be read are not used, which a notice says", async () => {
    writeFileSync(join(folder, "plain"), "");
    const inFile = fileStore(() => join(folder, "plain"));
    expect(await readTuning(inFile, adapter, (notice) => notices.push(notice))).toBeUndefined();
    expect(notices[0]).toMatch(/is not used/);
  });
});

it("keeps files where each system keeps what can be made again", () => {
  expect(cacheFolder("linux", { XDG_CACHE_HOME: "/caches" })).toBe("/caches/bpclip/tuning");
  expect(cacheFolder("linux", {})).toMatch(/\/\.cache\/bpclip\/tuning$/);
  expect(cacheFolder("darwin", { XDG_CACHE_HOME: "/caches" })).toMatch(/Library\/Caches\/bpclip\/tuning$/);
  expect(cacheFolder("win32", { LOCALAPPDATA: "/local" })).toBe("/local/bpclip/tuning");
});
