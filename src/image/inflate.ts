/** zlib data whose inflated size is bounded beforehand. */

/**
 * Inflates zlib data.
 * @param limit The largest size allowed, in bytes; inflating stops once it is passed.
 * @returns The inflated bytes, or undefined when there are more than `limit`.
 * @throws Whatever the platform throws for damaged data.
 */
export async function inflate(data: Uint8Array<ArrayBuffer>, limit: number): Promise<Uint8Array | undefined> {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      return undefined;
    }
  }
  const inflated = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    inflated.set(chunk, at);
    at += chunk.length;
  }
  return inflated;
}
