// What the tests of the standard library need: comparing values deeply, and turning cases into outcomes.

/** What became of one test. */
export type Outcome = { name: string; ok: boolean; detail: string };

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? "invalid" : value.toISOString()})`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${show(each)}`).join(", ")}}`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Whether two values are the same all the way down; a Date is its time, and fields have no order. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

/** Throws unless both values are the same. */
export function equal(actual: unknown, expected: unknown, about = ""): void {
  if (!same(actual, expected)) throw new Error(`${about === "" ? "" : `${about}: `}${show(actual)} instead of ${show(expected)}`);
}

/** The error a call ends with, as `Name: message`; an error of its own where it ends without one. */
export function thrown(call: () => unknown): string {
  let value: unknown;
  try {
    value = call();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : `not an Error: ${show(error)}`;
  }
  return `nothing, it gave ${show(value)}`;
}

/** Throws unless the call ends with this error, given as `Name: message`. */
export function fails(call: () => unknown, expected: string): void {
  equal(thrown(call), expected);
}

/** Runs every case and says what became of it. */
export function run(cases: Record<string, () => void>): Outcome[] {
  return Object.entries(cases).map(([name, body]) => {
    try {
      body();
      return { name, ok: true, detail: "" };
    } catch (error) {
      return { name, ok: false, detail: error instanceof Error ? `${error.name}: ${error.message}` : show(error) };
    }
  });
}

/** Runs a check with that many values made from the seeded `Math.random`. */
export function forMany<T>(count: number, make: () => T, body: (value: T) => void): void {
  Array.from({ length: count }, make).forEach(body);
}

/** A whole number from `low` to `high`, both included. */
export const integer = (low: number, high: number): number => low + Math.floor(Math.random() * (high - low + 1));

/** One of the items. */
export const oneOf = <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T;
