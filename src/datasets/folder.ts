/** A folder of a data set: reads its files, by names in whatever case, as archives differ in that. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { missing } from "./problems.js";

/** More than any file of labels; the largest, of FLIVE, has some MiB. */
const maxBytes = 256 * 2 ** 20;

export class Folder {
  readonly #listings = new Map<string, Promise<ReadonlyMap<string, string>>>();

  constructor(readonly path: string) {}

  /**
   * The path of a file or folder as it is on disk, relative to this folder; undefined where there is none.
   * @param path Relative, with "/".
   */
  async find(path: string): Promise<string | undefined> {
    let found = "";
    for (const name of path.split("/")) {
      if (name === "" || name === "." || name === "..") return undefined;
      const names = await this.#list(found);
      const own = names.get(name) ?? names.get(name.toLowerCase());
      if (own === undefined) return undefined;
      found = found === "" ? own : `${found}/${own}`;
    }
    return found;
  }

  /** The first of some paths that is there, as `find` gives it. */
  async findFirst(paths: readonly string[]): Promise<string | undefined> {
    for (const path of paths) {
      const found = await this.find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The names in a folder, sorted; none where there is no such folder. */
  async names(path: string): Promise<string[]> {
    const found = await this.find(path);
    return found === undefined ? [] : [...new Set((await this.#list(found)).values())].sort();
  }

  /** @throws DatasetError DATASET_FILE. */
  async bytes(path: string): Promise<Uint8Array> {
    const found = await this.find(path);
    if (found === undefined) throw missing(`${path} is missing in ${this.path}.`);
    const bytes = await readFile(join(this.path, found)).catch((cause: Error) => {
      throw missing(`${path} in ${this.path} cannot be read: ${cause.message}.`, cause);
    });
    if (bytes.length > maxBytes) {
      throw missing(`${path} in ${this.path} has ${bytes.length} bytes, which no file of labels has.`);
    }
    return bytes;
  }

  /**
   * A file of text, without a byte-order mark.
   * @throws DatasetError DATASET_FILE.
   */
  async text(path: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(path));
  }

  /** Names by themselves and by their lower case, where that is no other's name. */
  #list(folder: string): Promise<ReadonlyMap<string, string>> {
    let listing = this.#listings.get(folder);
    if (!listing) {
      listing = readdir(join(this.path, folder)).then(byName, () => new Map());
      this.#listings.set(folder, listing);
    }
    return listing;
  }
}

function byName(names: readonly string[]): Map<string, string> {
  const sorted = [...names].sort();
  return new Map([
    ...sorted.reverse().map((name) => [name.toLowerCase(), name] as const),
    ...sorted.map((name) => [name, name] as const),
  ]);
}
