/** Tuning tables in an IndexedDB; in the project gpu:chromium, as only a page has one. */
import { describe, expect, it } from "vitest";
import { databaseStore } from "../../src/tuning/database-store.js";

const has = typeof indexedDB !== "undefined";

describe.skipIf(!has)(`tables in a browser${has ? "" : ": this runtime has no IndexedDB"}`, () => {
  it("are not there at first, and reading makes no database", async () => {
    expect(await databaseStore.read("Acme 9000")).toBeUndefined();
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain("bpclip");
  });

  it("are kept by the adapter's name", async () => {
    expect(await databaseStore.write("Acme 9000", "a text")).toContain("IndexedDB");
    await databaseStore.write("Another", "another text");
    expect(await databaseStore.read("Acme 9000")).toBe("a text");
    await databaseStore.write("Acme 9000", "a later text");
    expect(await databaseStore.read("Acme 9000")).toBe("a later text");
    expect(await databaseStore.read("A third")).toBeUndefined();
  });
});
