/**
 * Messages between Vitest in Node and its worker in Deno. Their channels agree on JSON alone, which has no cycles and no
 * undefined; so a message is V8's structured clone, as text.
 */
import { deserialize, serialize } from "node:v8";

export function encode(message: unknown): string {
  return serialize(message).toString("base64");
}

export function decode(text: unknown): unknown {
  return deserialize(Buffer.from(text as string, "base64"));
}
