/**
 * Python's pickles, as far as PyTorch writes them: protocols 1 to 5. A pickle is a program for a machine with a stack
 * and a memo. This machine builds plain values and runs no code: a name of Python stays a name, and only the few
 * functions of `construct.ts` are done, by our own code.
 */
import { type Budget, cost } from "./budget.js";
import { build, call, instantiate, storageOf } from "./construct.js";
import { Cursor, decodeText } from "./cursor.js";
import { badPickle, quote, unsafe } from "./problems.js";
import { Global, kindOf, type PickleValue, Tuple } from "./values.js";

/** Values on the stack. PyTorch's own pickles need one for each element of a tuple, or of a batch of 1000. */
const maxStack = 2 ** 20;

/** Open lists, tuples and dicts. */
const maxMarks = 1000;

/** Bytes of an integer. */
const maxIntegerBytes = 1024;

/**
 * The value that a pickle builds.
 * @throws WeightsError WEIGHTS_PICKLE (damaged, or with instructions that PyTorch does not write), WEIGHTS_UNSAFE (it
 * asks for code to be run), WEIGHTS_DTYPE, WEIGHTS_STORAGE, WEIGHTS_TOO_LARGE (of steps or memory).
 */
export function readPickle(bytes: Uint8Array, budget: Budget): PickleValue {
  const machine = new Machine(bytes, budget);
  return machine.run();
}

/** The instructions: the code as a character, the name, and what it does. */
const instructions: [code: string, name: string, run: (machine: Machine) => void][] = [
  ["\x80", "PROTO", (m) => m.checkProtocol(m.input.uint8())],
  ["\x95", "FRAME", (m) => m.checkFrame(m.input.uint64())],

  ["(", "MARK", (m) => m.mark()],
  ["0", "POP", (m) => m.drop()],
  ["1", "POP_MARK", (m) => m.popMark()],
  ["2", "DUP", (m) => m.push(m.top())],

  ["N", "NONE", (m) => m.push(null)],
  ["\x88", "NEWTRUE", (m) => m.push(true)],
  ["\x89", "NEWFALSE", (m) => m.push(false)],
  ["I", "INT", (m) => m.pushDecimal(m.input.line())],
  ["J", "BININT", (m) => m.push(m.input.int32())],
  ["K", "BININT1", (m) => m.push(m.input.uint8())],
  ["M", "BININT2", (m) => m.push(m.input.uint16())],
  ["L", "LONG", (m) => m.pushDecimal(m.input.line().replace(/L$/, ""))],
  ["\x8a", "LONG1", (m) => m.pushLong(m.input.uint8())],
  ["\x8b", "LONG4", (m) => m.pushLong(m.input.uint32())],
  ["G", "BINFLOAT", (m) => m.push(m.input.float64())],

  ["X", "BINUNICODE", (m) => m.pushText(m.input.uint32())],
  ["\x8c", "SHORT_BINUNICODE", (m) => m.pushText(m.input.uint8())],
  ["\x8d", "BINUNICODE8", (m) => m.pushText(m.input.uint64())],
  // Python 2's strings.
  ["U", "SHORT_BINSTRING", (m) => m.pushText(m.input.uint8())],
  ["T", "BINSTRING", (m) => m.pushText(m.input.uint32())],
  ["C", "SHORT_BINBYTES", (m) => m.pushBytes(m.input.uint8())],
  ["B", "BINBYTES", (m) => m.pushBytes(m.input.uint32())],
  ["\x8e", "BINBYTES8", (m) => m.pushBytes(m.input.uint64())],
  ["\x96", "BYTEARRAY8", (m) => m.pushBytes(m.input.uint64())],

  [")", "EMPTY_TUPLE", (m) => m.pushTuple([])],
  ["\x85", "TUPLE1", (m) => m.pushTuple(m.popSome(1))],
  ["\x86", "TUPLE2", (m) => m.pushTuple(m.popSome(2))],
  ["\x87", "TUPLE3", (m) => m.pushTuple(m.popSome(3))],
  ["t", "TUPLE", (m) => m.pushTuple(m.popMark())],
  ["]", "EMPTY_LIST", (m) => m.pushNew([], cost.list)],
  ["a", "APPEND", (m) => m.append(m.popSome(1))],
  ["e", "APPENDS", (m) => m.append(m.popMark())],
  ["}", "EMPTY_DICT", (m) => m.pushNew(new Map(), cost.map)],
  ["s", "SETITEM", (m) => m.setItems(m.popSome(2))],
  ["u", "SETITEMS", (m) => m.setItems(m.popMark())],
  ["\x8f", "EMPTY_SET", (m) => m.pushNew(new Set(), cost.map)],
  ["\x90", "ADDITEMS", (m) => m.addItems(m.popMark())],
  ["\x91", "FROZENSET", (m) => m.pushFrozenSet(m.popMark())],

  ["h", "BINGET", (m) => m.recall(m.input.uint8())],
  ["j", "LONG_BINGET", (m) => m.recall(m.input.uint32())],
  ["q", "BINPUT", (m) => m.memorise(m.input.uint8())],
  ["r", "LONG_BINPUT", (m) => m.memorise(m.input.uint32())],
  ["\x94", "MEMOIZE", (m) => m.memorise()],

  ["c", "GLOBAL", (m) => m.pushGlobal(m.input.line(), m.input.line())],
  ["\x93", "STACK_GLOBAL", (m) => m.stackGlobal()],
  ["R", "REDUCE", (m) => m.reduce()],
  ["\x81", "NEWOBJ", (m) => m.newObject()],
  ["b", "BUILD", (m) => m.build()],
  ["Q", "BINPERSID", (m) => m.persistent()],

  ["i", "INST", (m) => refuse("INST", new Global(m.input.line(), m.input.line()))],
  ["o", "OBJ", (m) => refuse("OBJ", m.popMark()[0])],
  ["\x92", "NEWOBJ_EX", (m) => refuse("NEWOBJ_EX", m.popSome(3)[0])],
  ["\x82", "EXT1", () => refuse("EXT1")],
  ["\x83", "EXT2", () => refuse("EXT2")],
  ["\x84", "EXT4", () => refuse("EXT4")],

  // Where the machine stops by itself.
  [".", "STOP", () => {}],
];

const stop = ".".charCodeAt(0);

const byCode = new Map(instructions.map(([code, name, run]) => [code.charCodeAt(0), { name, run }]));

class Machine {
  readonly input: Cursor;
  private readonly stack: PickleValue[] = [];
  /** The stack's height at each open mark; what is below the last one is out of reach. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  /** What is being done, and where, for messages. */
  private instruction = "";
  private at = 0;

  constructor(
    bytes: Uint8Array,
    private readonly budget: Budget,
  ) {
    this.input = new Cursor(bytes);
  }

  run(): PickleValue {
    for (;;) {
      this.budget.step();
      this.at = this.input.at;
      const code = this.input.uint8();
      const instruction = byCode.get(code);
      if (!instruction) {
        const shown = code.toString(16).padStart(2, "0");
        throw badPickle(
          `The file's pickle has the instruction 0x${shown}, at its byte ${this.at}, which PyTorch does not write.`,
        );
      }
      this.instruction = instruction.name;
      if (code === stop) break;
      instruction.run(this);
    }
    const value = this.pop();
    if (this.input.left > 0) throw badPickle(`The file's pickle has ${this.input.left} bytes after its end.`);
    return value;
  }

  checkProtocol(protocol: number): void {
    if (protocol > 5) throw badPickle(`The file's pickle is of protocol ${protocol}; 1 to 5 are known.`);
  }

  /** A frame is a promise of so many bytes, for readers that read ahead. */
  checkFrame(length: number): void {
    if (length > this.input.left) {
      throw badPickle(
        `The file's pickle has a frame of ${length} bytes, of which ${this.input.left} are there.`,
      );
    }
  }

  push(value: PickleValue): void {
    if (this.stack.length >= maxStack) {
      throw badPickle(`The file's pickle has more than ${maxStack} values on its stack.`);
    }
    this.budget.allocate(cost.reference, "the stack of the file's pickle");
    this.stack.push(value);
  }

  pushNew(value: PickleValue, bytes: number): void {
    this.budget.allocate(bytes, kindOf(value));
    this.push(value);
  }

  pushTuple(items: PickleValue[]): void {
    this.pushNew(new Tuple(items), cost.object + cost.list + cost.reference * items.length);
  }

  pushLong(length: number): void {
    this.pushNew(twosComplement(this.input.take(length)), cost.string + length);
  }

  pushDecimal(line: string): void {
    this.pushNew(integerOrBoolean(line), cost.string + line.length);
  }

  pushText(length: number): void {
    const bytes = this.input.take(length);
    this.budget.allocate(cost.string + 2 * length, "a string");
    this.push(decodeText(bytes));
  }

  pushBytes(length: number): void {
    this.pushNew(this.input.take(length), cost.object);
  }

  pushFrozenSet(items: PickleValue[]): void {
    this.pushNew(new Set(), cost.map);
    this.addItems(items);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") {
      throw badPickle(`The file's pickle names something by ${kindOf(module)} and ${kindOf(name)}.`);
    }
    this.budget.allocate(2 * (module.length + name.length), "a name");
    this.pushNew(new Global(module, name), cost.object);
  }

  top(): PickleValue {
    if (this.stack.length <= this.floor()) throw this.underflow();
    return this.stack[this.stack.length - 1];
  }

  pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  /** The last `count` values, the last one last. */
  popSome(count: number): PickleValue[] {
    if (this.stack.length - count < this.floor()) throw this.underflow();
    return this.stack.splice(-count);
  }

  mark(): void {
    if (this.marks.length >= maxMarks) {
      throw badPickle(
        `The file's pickle has more than ${maxMarks} lists, tuples and dicts within each other.`,
      );
    }
    this.marks.push(this.stack.length);
  }

  /** The values since the last mark, which goes too. */
  popMark(): PickleValue[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.underflow();
    return this.stack.splice(height);
  }

  /** Takes off a value, or the mark if there is none above it. */
  drop(): void {
    if (this.stack.length > this.floor()) this.stack.pop();
    else this.popMark();
  }

  append(items: PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw badPickle(`The file's pickle appends to ${kindOf(list)}.`);
    this.budget.allocate(cost.reference * items.length, "a list");
    for (const item of items) list.push(item);
  }

  /** @param items Keys and values in turn. */
  setItems(items: PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw badPickle(`The file's pickle sets items of ${kindOf(dict)}.`);
    if (items.length % 2 !== 0) throw badPickle("The file's pickle gives a dict a key without a value.");
    this.budget.allocate((cost.mapEntry / 2) * items.length, "a dict");
    for (let i = 0; i < items.length; i += 2) dict.set(hashable(items[i]), items[i + 1]);
  }

  addItems(items: PickleValue[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw badPickle(`The file's pickle adds items to ${kindOf(set)}.`);
    this.budget.allocate(cost.mapEntry * items.length, "a set");
    for (const item of items) set.add(hashable(item));
  }

  memorise(index = this.memo.size): void {
    this.budget.allocate(cost.mapEntry, "the memo of the file's pickle");
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) {
      throw badPickle(`The file's pickle recalls its value ${index}, which was not memorised.`);
    }
    this.push(value);
  }

  stackGlobal(): void {
    const [module, name] = this.popSome(2);
    this.pushGlobal(module, name);
  }

  reduce(): void {
    const [callee, args] = this.popSome(2);
    this.push(call(callee, args, this.budget));
  }

  newObject(): void {
    const [type, args] = this.popSome(2);
    this.push(instantiate(type, args, this.budget));
  }

  build(): void {
    const state = this.pop();
    build(this.top(), state, this.budget);
  }

  persistent(): void {
    this.push(storageOf(this.pop(), this.budget));
  }

  private floor(): number {
    return this.marks[this.marks.length - 1] ?? 0;
  }

  private underflow(): Error {
    return badPickle(
      `The file's pickle takes more from its stack than is there, by ${this.instruction} at its byte ${this.at}.`,
    );
  }
}

/** Instructions that make objects of any class. PyTorch writes none of them. */
function refuse(instruction: string, type?: PickleValue): never {
  const what = type === undefined ? "something" : quote(kindOf(type));
  throw unsafe(
    `The file asks for ${what} to be made, by the instruction ${instruction}, which weights do not need.`,
  );
}

function hashable(key: PickleValue): PickleValue {
  if (Array.isArray(key) || key instanceof Map || key instanceof Set) {
    throw badPickle(`The file's pickle has ${kindOf(key)} for a key, or in a set.`);
  }
  return key;
}

/** Protocol 1 writes False and True as integers of two digits. */
function integerOrBoolean(line: string): PickleValue {
  return line === "00" ? false : line === "01" ? true : decimal(line);
}

/** An integer from its decimal digits: a number where that is exact. */
function decimal(line: string): number | bigint {
  if (!/^-?\d+$/.test(line) || line.length > 2 * maxIntegerBytes) {
    throw badPickle(`The file's pickle has the integer ${quote(line)}.`);
  }
  return exact(BigInt(line));
}

/** An integer from its little-endian bytes: a number where that is exact. */
function twosComplement(bytes: Uint8Array): number | bigint {
  if (bytes.length > maxIntegerBytes) {
    throw badPickle(`The file's pickle has an integer of ${bytes.length} bytes.`);
  }
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return exact(BigInt.asIntN(8 * bytes.length, BigInt(`0x0${digits.reverse().join("")}`)));
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
