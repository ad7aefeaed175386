// Argument assertions: each returns the checked value, or throws an error that names the argument.
// A wrong type is a TypeError, a value out of bounds is a RangeError.

/** Bounds of a number; both ends belong to it. */
export type NumberBounds = { min?: number; max?: number };
/** Bounds of a text: its length in UTF-16 units, and a pattern it has to match. */
export type StringBounds = { minLength?: number; maxLength?: number; pattern?: RegExp };
/** Bounds of a list: its length. */
export type ArrayBounds = { minLength?: number; maxLength?: number };

/**
 * Says in a few words what a value is, for error messages. Long texts are cut.
 * @example
 * describeValue("abc") // => "the text \"abc\""
 * describeValue(null) // => "null"
 * describeValue([1, 2]) // => "a list of 2"
 * describeValue(1.5) // => "the number 1.5"
 */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)}`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function wrongType(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}, not ${describeValue(value)}`);
}

function checkLength(length: number, name: string, unit: string, bounds: { minLength?: number; maxLength?: number }): void {
  if (bounds.minLength !== undefined && length < bounds.minLength) {
    throw new RangeError(`${name} must have at least ${bounds.minLength} ${unit}, not ${length}`);
  }
  if (bounds.maxLength !== undefined && length > bounds.maxLength) {
    throw new RangeError(`${name} must have at most ${bounds.maxLength} ${unit}, not ${length}`);
  }
}

/**
 * The value, unless it is `undefined` or `null`.
 * @example
 * required(0, "count") // => 0
 * required(undefined, "taxRate") // throws TypeError: taxRate is required
 */
export function required<T>(value: T | null | undefined, name: string): T {
  if (value === undefined || value === null) throw new TypeError(`${name} is required`);
  return value;
}

/**
 * The value as a text, within the bounds given.
 * @example
 * assertString("Ohio", "state") // => "Ohio"
 * assertString(5, "state") // throws TypeError: state must be a text, not the number 5
 * assertString("", "state", { minLength: 1 }) // throws RangeError: state must have at least 1 characters, not 0
 * assertString("ohio", "state", { pattern: /^[A-Z]{2}$/ }) // throws RangeError: state must match /^[A-Z]{2}$/, not the text "ohio"
 */
export function assertString(value: unknown, name: string, bounds: StringBounds = {}): string {
  if (typeof value !== "string") throw wrongType(name, "a text", value);
  checkLength(value.length, name, "characters", bounds);
  // `search` ignores `lastIndex`, so that a pattern with the flag `g` answers the same each time.
  if (bounds.pattern !== undefined && value.search(bounds.pattern) < 0) {
    throw new RangeError(`${name} must match ${String(bounds.pattern)}, not ${describeValue(value)}`);
  }
  return value;
}

/**
 * The value as a finite number, within the bounds given.
 * @example
 * assertNumber(0.05, "taxRate", { min: 0, max: 1 }) // => 0.05
 * assertNumber(NaN, "taxRate") // throws TypeError: taxRate must be a finite number, not the number NaN
 * assertNumber(5, "taxRate", { max: 1 }) // throws RangeError: taxRate must be at most 1, not 5
 */
export function assertNumber(value: unknown, name: string, bounds: NumberBounds = {}): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongType(name, "a finite number", value);
  if (bounds.min !== undefined && value < bounds.min) throw new RangeError(`${name} must be at least ${bounds.min}, not ${value}`);
  if (bounds.max !== undefined && value > bounds.max) throw new RangeError(`${name} must be at most ${bounds.max}, not ${value}`);
  return value;
}

/**
 * The value as a whole number that a double holds exactly, within the bounds given.
 * @example
 * assertInteger(3, "page", { min: 1 }) // => 3
 * assertInteger(1.5, "page") // throws TypeError: page must be a whole number, not the number 1.5
 */
export function assertInteger(value: unknown, name: string, bounds: NumberBounds = {}): number {
  if (!Number.isSafeInteger(value)) throw wrongType(name, "a whole number", value);
  return assertNumber(value, name, bounds);
}

/**
 * The value as `true` or `false`; nothing else counts.
 * @example
 * assertBoolean(false, "active") // => false
 * assertBoolean("yes", "active") // throws TypeError: active must be true or false, not the text "yes"
 */
export function assertBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw wrongType(name, "true or false", value);
  return value;
}

/**
 * The value as a list, within the bounds given; with `item`, each item is asserted under its own name.
 * @example
 * assertArray([1, 2], "ids") // => [1, 2]
 * assertArray("12", "ids") // throws TypeError: ids must be a list, not the text "12"
 * assertArray([1, "2"], "ids", {}, assertInteger) // throws TypeError: ids[1] must be a whole number, not the text "2"
 */
export function assertArray<T = unknown>(
  value: unknown,
  name: string,
  bounds: ArrayBounds = {},
  item?: (value: unknown, name: string) => T,
): T[] {
  if (!Array.isArray(value)) throw wrongType(name, "a list", value);
  checkLength(value.length, name, "items", bounds);
  return item === undefined ? (value as T[]) : value.map((each: unknown, index) => item(each, `${name}[${index}]`));
}

/**
 * The value as an object with named fields: no list, no null, no function.
 * @example
 * assertObject({ a: 1 }, "filter") // => { a: 1 }
 * assertObject([1], "filter") // throws TypeError: filter must be an object, not a list of 1
 */
export function assertObject(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
  return value as Record<string, unknown>;
}

/**
 * The value as a function.
 * @example
 * assertFunction(Math.abs, "measure")(-1) // => 1
 * assertFunction("abs", "measure") // throws TypeError: measure must be a function, not the text "abs"
 */
export function assertFunction<F extends (...args: never[]) => unknown>(value: F | unknown, name: string): F {
  if (typeof value !== "function") throw wrongType(name, "a function", value);
  return value as F;
}

/**
 * The value, if it is one of those allowed.
 * @example
 * assertOneOf("asc", "order", ["asc", "desc"]) // => "asc"
 * assertOneOf("up", "order", ["asc", "desc"]) // throws RangeError: order must be one of "asc", "desc", not the text "up"
 */
export function assertOneOf<T extends string | number | boolean>(value: unknown, name: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  throw new RangeError(`${name} must be one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}, not ${describeValue(value)}`);
}

/**
 * Throws a RangeError with the message when the condition does not hold.
 * @example
 * check(2 > 1, "two is more") // => undefined
 * check(1 > 2, "from must not be after to") // throws RangeError: from must not be after to
 */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new RangeError(message);
}
