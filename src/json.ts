/** Values of parsed JSON, which may be anything. */

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON of a found value, cut to `length` characters for a message. */
export function quote(value: unknown, length = 60): string {
  const json = JSON.stringify(value) ?? "missing";
  return json.length > length ? `${json.slice(0, length)}…` : json;
}
