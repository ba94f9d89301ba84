/**
 * Shaders that check their own indices. No driver has to keep an index inside an array: WebGPU clamps it, at a cost, unless
 * it is told that this is not needed. Then an index outside may read or write anything, be its value used or not.
 */

/** Shaders note their accesses in a buffer at @group(1) @binding(0). Each has a slot of words; these are their offsets. */
export const notes = {
  /** How many invocations had an access outside. */
  count: 0,
  /** Of the first: the number of its last such access, that one's index, and the length that it exceeds. */
  access: 1,
  index: 2,
  length: 3,
  /** Two words with a bit for each access that was made, the lowest first. */
  made: 4,
  /** Words of a slot. */
  words: 6,
} as const;

/** As many as bits are noted for. */
const mostAccesses = 64;

export interface Checked {
  code: string;
  /** By number, as they stand in the shader: "line 12: x[i + 1]". */
  accesses: string[];
}

/** Vectors that shaders index by a variable, and their length, which stands at no declaration. */
const vectors: Record<string, number> = {
  mean: 4,
  deviation: 4,
  "rows.place": 4,
  "rows.weight": 4,
  resultAt: 4,
  total: 4,
};

/** Checks only set variables, which `main` writes at its end: atomics in each check would take twice as long in all. */
const helpers = (slot: number) => `
@group(1) @binding(0) var<storage, read_write> boundsNotes: array<atomic<u32>>;
var<private> boundsMade: vec2u;
var<private> boundsOutside: vec4u;

fn checkedIndex(index: u32, length: u32, access: u32, bit: vec2u) -> u32 {
  boundsMade |= bit;
  boundsOutside = select(boundsOutside, vec4u(1, access, index, length), index >= length);
  return min(index, length - 1);
}

fn checkedTexel(place: vec2u, size: vec2u, access: u32, bit: vec2u) -> vec2u {
  return vec2u(checkedIndex(place.x, size.x, access, bit), checkedIndex(place.y, size.y, access, bit));
}

fn writeNotes() {
  let slot = ${slot * notes.words}u;
  if (boundsOutside[0] == 1 && atomicAdd(&boundsNotes[slot + ${notes.count}], 1) == 0) {
    atomicStore(&boundsNotes[slot + ${notes.access}], boundsOutside[1]);
    atomicStore(&boundsNotes[slot + ${notes.index}], boundsOutside[2]);
    atomicStore(&boundsNotes[slot + ${notes.length}], boundsOutside[3]);
  }
  for (var i = 0u; i < 2; i++) {
    let word = slot + ${notes.made} + i;
    if ((boundsMade[i] & ~atomicLoad(&boundsNotes[word])) != 0) {
      atomicOr(&boundsNotes[word], boundsMade[i]);
    }
  }
}
`;

/**
 * Lets every access of an array, a vector or a texture go through a check. Lines keep their numbers.
 * @param code WGSL without comments.
 * @param slot Of the buffer, for its notes.
 * @throws where an access could go unnoticed: by a pointer, or into what has no known length.
 */
export function checkBounds(code: string, slot: number): Checked {
  refuseUnknown(code);
  const lengths = lengthsOf(code);
  const dead = deadParts(code);
  const accesses: string[] = [];
  /** Numbers an access, and gives the last two arguments of its check. */
  const note = (at: number, access: string): string => {
    const number = accesses.push(`line ${code.slice(0, at).split("\n").length}: ${access}`) - 1;
    if (number >= mostAccesses) throw new Error(`more than ${mostAccesses} accesses`);
    const bit = (1 << (number % 32)) >>> 0;
    return `${number}, vec2u(${number < 32 ? `${bit}, 0` : `0, ${bit}`})`;
  };

  /** `code` from `start` to `end`, checked. */
  const checked = (start: number, end: number): string => {
    const open = code.indexOf("[", start);
    if (open < 0 || open >= end) return code.slice(start, end);
    const close = closingBracket(code, open);
    const base = /[\w.]*$/.exec(code.slice(start, open))![0];
    const index = code.slice(open + 1, close);
    const length = lengths.get(base) ?? vectors[base];
    const isDead = dead.some((part) => part.start < open && open < part.end);
    // WGSL's own compiler checks a literal into what has a fixed length.
    if (length === undefined && !/^\d+u?$/.test(index)) {
      throw new Error(`${base}[${index}]: of what length?`);
    }
    const within =
      length === undefined || isDead
        ? index
        : `checkedIndex(u32(${checked(open + 1, close)}), u32(${length}), ${note(open, `${base}[${index}]`)})`;
    return `${code.slice(start, open)}[${within}]${checked(close + 1, end)}`;
  };

  const arrays = checked(0, code.length);
  const all = arrays.replace(textureLoad, (load, texture: string, place: string) => {
    const rest = note(code.indexOf(load), load);
    return `textureLoad(${texture}, checkedTexel(${place}, textureDimensions(${texture}), ${rest}), 0)`;
  });
  return { code: withNotes(all) + helpers(slot), accesses };
}

/** `main` under another name, and a `main` that calls it and then writes the notes. */
function withNotes(code: string): string {
  const entry = /(@compute @workgroup_size\(.*\))(\s+)fn main\(([^{]*)\) \{/;
  const [found, attributes, space, parameters] = entry.exec(code)!;
  const plain = parameters.replace(/@builtin\(\w+\) /g, "");
  const names = [...plain.matchAll(/(\w+):/g)].map(([, name]) => name).join(", ");
  const main = `${attributes} fn main(${parameters}) { checkedMain(${names}); writeNotes(); }`;
  return `${code.replace(found, `${space}fn checkedMain(${plain}) {`)}\n${main}`;
}

const declaration = /var(?:<[^>]*>)?\s+(\w+)\s*:\s*array<(.*)>\s*[;=]/g;
const textureLoad = /textureLoad\((\w+), ([\w.]+), 0\)/g;

/** The length of every array, as an expression. */
function lengthsOf(code: string): Map<string, string> {
  const lengths = new Map<string, string>();
  for (const [, name, type] of code.matchAll(declaration)) {
    if (lengths.has(name)) throw new Error(`${name}: two arrays of one name`);
    lengths.set(name, /,([^<>,]+)$/.exec(type)?.[1].trim() ?? `arrayLength(&${name})`);
  }
  return lengths;
}

/** The functions that a shader includes and never calls: nothing is ever accessed there. */
function deadParts(code: string): { start: number; end: number }[] {
  return [...code.matchAll(/^fn (\w+)\([\s\S]*?^\}/gm)]
    .filter(([, name]) => name !== "main" && code.match(new RegExp(`\\b${name}\\(`, "g"))!.length === 1)
    .map(({ 0: { length }, index }) => ({ start: index, end: index + length }));
}

/** Refuses what would have to be followed further than to its brackets. */
function refuseUnknown(code: string): void {
  const rest = code
    .replace(declaration, "")
    .replace(textureLoad, "")
    .replace(/arrayLength\(&\w+\)|textureDimensions\(/g, "");
  const found = /\barray\b|\bptr\b|[(,=]\s*&\s*\w|\btexture(?!_)\w+/.exec(rest);
  if (found) throw new Error(`${found[0].trim()}: what is accessed by it is not checked`);
}

function closingBracket(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "[") depth++;
    if (code[i] === "]" && --depth === 0) return i;
  }
  throw new Error("a bracket that does not close");
}
