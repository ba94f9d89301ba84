/**
 * Rules for JSON that may come from anywhere: each field must be there, of its type and of a sane size, and there may be
 * no others.
 */
import { WeightsError } from "../errors.js";
import { isObject, quote } from "../json.js";

/**
 * A config in JSON, by its rule.
 * @throws WeightsError WEIGHTS_CONFIG, naming the field, what was found and what is allowed.
 */
export function parseJson<T>(json: string, rule: Rule<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw refuse("", "text that is not JSON", "a JSON object", cause);
  }
  return rule(value, "");
}

/** Returns the value where this field may hold it; the field is a path, "" for the whole config. */
export type Rule<T> = (value: unknown, field: string) => T;

export const integer = (low: number, high: number): Rule<number> =>
  rule(
    `an integer in ${low}..${high}`,
    (value) => Number.isInteger(value) && within(value as number, low, high),
  );

export const real = (low: number, high: number): Rule<number> =>
  rule(`a number in ${low}..${high}`, (value) => typeof value === "number" && within(value, low, high));

export const flag: Rule<boolean> = rule("true or false", (value) => typeof value === "boolean");

export const text: Rule<string> = rule(
  "a text of 1..64 characters",
  (value) => typeof value === "string" && within(value.length, 1, 64),
);

export const oneOf = <T extends string>(...allowed: T[]): Rule<T> =>
  rule(allowed.map((value) => quote(value)).join(" or "), (value) => allowed.includes(value as T));

export function list<T extends unknown[]>(length: T["length"], element: Rule<T[number]>): Rule<T> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length !== length)
      throw refuse(field, quote(value), `a list of ${length}`);
    return value.map((item, i) => element(item, `${field}[${i}]`)) as T;
  };
}

export function object<T>(rules: { [K in keyof T]: Rule<T[K]> }): Rule<T> {
  return (value, field) => {
    if (!isObject(value)) throw refuse(field, quote(value), "an object");
    const prefix = field && `${field}.`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(rules, key));
    if (unknown !== undefined) {
      throw refuse(prefix + quote(unknown), "an unknown field", Object.keys(rules).join(", "));
    }
    const entries = Object.entries<Rule<unknown>>(rules).map(([key, rule]) => {
      const found = Object.hasOwn(value, key) ? value[key] : undefined;
      return [key, rule(found, prefix + key)];
    });
    return Object.fromEntries(entries) as T;
  };
}

function rule<T>(allowed: string, accepts: (value: unknown) => boolean): Rule<T> {
  return (value, field) => {
    if (!accepts(value)) throw refuse(field, quote(value), allowed);
    return value as T;
  };
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}

export function refuse(field: string, found: string, allowed: string, cause?: unknown): WeightsError {
  return new WeightsError(
    "WEIGHTS_CONFIG",
    `The checkpoint's config is wrong${field && ` at ${field}`}: found ${found}, allowed is ${allowed}.`,
    "Use a checkpoint made for this version, or export it again.",
    { cause },
  );
}
