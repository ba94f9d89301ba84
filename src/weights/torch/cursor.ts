/** Reads a pickle's bytes from first to last, and never past the last. */
import { badPickle } from "./problems.js";

/** The longest line of text in a pickle: a number, or a name of Python. */
const maxLine = 4096;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Cursor {
  /** Bytes read so far. */
  at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  uint8(): number {
    return this.bytes[this.advance(1)];
  }

  uint16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** Inexact beyond 2^53, which no length of anything here reaches. */
  uint64(): number {
    return this.uint32() + this.uint32() * 2 ** 32;
  }

  /** The one number that pickles store big-endian. */
  float64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** A line of text, without its end. */
  line(): string {
    const length = this.bytes.subarray(this.at, this.at + maxLine).indexOf(0x0a);
    if (length < 0)
      throw badPickle(`The file's pickle has a line, at its byte ${this.at}, that does not end.`);
    return decodeText(this.take(length + 1).subarray(0, length));
  }

  private advance(length: number): number {
    if (!(length <= this.left)) {
      throw badPickle(
        `The file's pickle ends at its byte ${this.bytes.length}, and ${length} more should follow byte ${this.at}.`,
      );
    }
    const start = this.at;
    this.at += length;
    return start;
  }
}

/** @throws WeightsError WEIGHTS_PICKLE (not UTF-8). */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw badPickle("The file's pickle has text that is not UTF-8.", cause);
  }
}
