/** Where the tables of a machine's adapters are kept between runs, and what is done with one that is of no use. */
import { BpclipError } from "../errors.js";
import type { GpuDevice } from "../runtime/device.js";
import { parseTuning, type TuningTable, winners } from "./table.js";

/** Keeps texts by name: files in Node, an IndexedDB in a browser. */
export interface TuningStore {
  /** What is kept under a name, if anything is. */
  read(name: string): Promise<string | undefined>;
  /** Keeps a text in place of what was there. @returns Where that is, for people. */
  write(name: string, text: string): Promise<string>;
}

/**
 * Plans convolutions on a device by a table from now on: by the one that is given, or the one that is kept for its
 * adapter. A table of another adapter is not used, and a notice says so.
 */
export async function applyTuning(
  device: GpuDevice,
  given: TuningTable | undefined,
  store: TuningStore | undefined,
  onNotice: (message: string) => void,
): Promise<void> {
  const { adapter } = device;
  const table = given ?? (store && (await readTuning(store, adapter, onNotice)));
  if (!table) return;
  if (table.adapter === adapter) addTuning(device, table);
  else onNotice(`bpclip: the tuning table is of ${table.adapter}, and is not used on ${adapter}.`);
}

/** Adds a table's winners to those that a device has. */
export function addTuning({ capabilities }: GpuDevice, { convolutions }: TuningTable): void {
  capabilities.tuning = new Map([...(capabilities.tuning ?? []), ...winners(convolutions)]);
}

/** The table of an adapter, if there is one that can be used; else a notice says why not. */
export async function readTuning(
  store: TuningStore,
  adapter: string,
  onNotice: (message: string) => void,
): Promise<TuningTable | undefined> {
  try {
    const text = await store.read(adapter);
    if (text === undefined) return undefined;
    const table = parseTuning(parseJson(text));
    if (table.adapter === adapter) return table;
    onNotice(`bpclip: the tuning table kept for ${adapter} is of ${table.adapter}, and is not used.`);
  } catch (error) {
    const mend = error instanceof BpclipError ? ` ${error.mend}` : "";
    onNotice(`bpclip: the tuning table kept for ${adapter} is not used. ${(error as Error).message}${mend}`);
  }
  return undefined;
}

/**
 * Adds a table to what is kept for its adapter. What is there and cannot be used is kept, too, under another name.
 * @returns The table that is kept now, and where.
 */
export async function keepTuning(
  store: TuningStore,
  table: TuningTable,
): Promise<{ table: TuningTable; place: string }> {
  const { adapter } = table;
  const before = await store.read(adapter);
  let isUsable = true;
  const known = await readTuning(store, adapter, () => {
    isUsable = false;
  });
  if (before !== undefined && !isUsable) await store.write(`${adapter} (refused)`, before);
  const merged = { ...table, convolutions: { ...known?.convolutions, ...table.convolutions } };
  return { table: merged, place: await store.write(adapter, `${JSON.stringify(merged, undefined, 2)}\n`) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
