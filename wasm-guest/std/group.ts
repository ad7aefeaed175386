// Lists of records: grouping, counting, sorting, cutting and pivoting. Nothing given in is changed.
import { assertArray, assertFunction, assertInteger, check, describeValue } from "@tgp/std/assert";
import { sum } from "@tgp/std/statistics";

/** What is taken from an item: a field by its name, or what a function gives. */
export type Selector<T, R = unknown> = (keyof T & string) | ((item: T, index: number) => R);
/** One group: its key as it was met first, and its items in their order. */
export type Group<T, K> = { key: K; items: T[] };
/** A selector that sorts the largest first. */
export type Descending<T> = { by: Selector<T>; descending: true };

function reader<T, R>(selector: Selector<T, R>, name: string): (item: T, index: number) => R {
  if (typeof selector === "string") return (item) => item[selector] as R;
  return assertFunction<(item: T, index: number) => R>(selector, name);
}

function numbersOf<T>(items: readonly T[], value: Selector<T, number>): number[] {
  const read = reader(value, "value");
  return items.map((item, index) => {
    const each: unknown = read(item, index);
    if (typeof each !== "number" || !Number.isFinite(each)) throw new TypeError(`the value of items[${index}] must be a finite number, not ${describeValue(each)}`);
    return each;
  });
}

function mapGroups<T, R>(groups: Record<string, T[]>, change: (items: T[]) => R): Record<string, R> {
  return namedFields(Object.entries(groups).map(([key, items]) => [key, change(items)]));
}

/** An object without a prototype, so that a key such as `constructor` is a key and nothing else. */
function namedFields<R>(entries: Iterable<readonly [string, R]>): Record<string, R> {
  return Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, R>;
}

/**
 * The groups in the order their keys are first met, with keys of any type (compared as a Map does).
 * @example
 * groupEntries([{ s: 1, n: "a" }, { s: 2, n: "b" }, { s: 1, n: "c" }], "s").map((group) => [group.key, group.items.length]) // => [[1, 2], [2, 1]]
 */
export function groupEntries<T, K>(items: readonly T[], key: Selector<T, K>): Group<T, K>[] {
  const read = reader(key, "key");
  const groups = new Map<K, T[]>();
  assertArray<T>(items, "items").forEach((item, index) => {
    const name = read(item, index);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  });
  return [...groups].map(([name, group]) => ({ key: name, items: group }));
}

/**
 * The items by the text of their key. As with every object, keys that are whole numbers come first;
 * `groupEntries` keeps the order.
 * @example
 * groupBy([{ s: "OH" }, { s: "TX" }, { s: "OH" }], "s") // => { OH: [{ s: "OH" }, { s: "OH" }], TX: [{ s: "TX" }] }
 */
export function groupBy<T>(items: readonly T[], key: Selector<T>): Record<string, T[]> {
  const read = reader(key, "key");
  return namedFields(groupEntries(items, (item, index) => String(read(item, index))).map((group) => [group.key, group.items] as const));
}

/**
 * How many items each key has.
 * @example
 * countBy(["apple", "avocado", "beet"], (word) => word[0]) // => { a: 2, b: 1 }
 */
export function countBy<T>(items: readonly T[], key: Selector<T>): Record<string, number> {
  return mapGroups(groupBy(items, key), (group) => group.length);
}

/**
 * The sum of a value over the items of each key.
 * @example
 * sumBy([{ s: "OH", n: 1.5 }, { s: "OH", n: 2 }, { s: "TX", n: 5 }], "s", "n") // => { OH: 3.5, TX: 5 }
 * sumBy([{ s: "OH", n: "1" }], "s", "n") // throws TypeError: the value of items[0] must be a finite number, not the text "1"
 */
export function sumBy<T>(items: readonly T[], key: Selector<T>, value: Selector<T, number>): Record<string, number> {
  const read = reader(key, "key");
  const values = numbersOf(assertArray<T>(items, "items"), value);
  return mapGroups(groupBy(items.map((item, index) => ({ key: read(item, index), value: values[index] ?? 0 })), "key"), (group) => sum(group.map((each) => each.value)));
}

/**
 * The items by a key that each of them has alone; two with the same key are an error.
 * @example
 * keyBy([{ id: 7, n: "a" }], "id") // => { 7: { id: 7, n: "a" } }
 * keyBy([{ id: 7 }, { id: 7 }], "id") // throws RangeError: two items have the key "7"
 */
export function keyBy<T>(items: readonly T[], key: Selector<T>): Record<string, T> {
  const groups = Object.entries(groupBy(items, key));
  const twice = groups.find(([, group]) => group.length > 1);
  check(twice === undefined, `two items have the key ${JSON.stringify(twice?.[0])}`);
  return namedFields(groups.flatMap(([name, group]) => group.map((item) => [name, item] as const)));
}

/**
 * The items that fulfil a condition, and the others.
 * @example
 * partition([1, 2, 3, 4], (n) => n % 2 === 0) // => [[2, 4], [1, 3]]
 */
export function partition<T>(items: readonly T[], condition: (item: T, index: number) => boolean): [T[], T[]] {
  const fits = assertArray<T>(items, "items").map(assertFunction<typeof condition>(condition, "condition"));
  return [items.filter((_, index) => fits[index]), items.filter((_, index) => !fits[index])];
}

/**
 * The items in lists of that size, the last one shorter where they do not come out even.
 * @example
 * chunk([1, 2, 3], 2) // => [[1, 2], [3]]
 */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  assertInteger(size, "size", { min: 1 });
  return Array.from({ length: Math.ceil(assertArray<T>(items, "items").length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/**
 * The first item of each key, or of each value where no key is given.
 * @example
 * unique([1, 2, 1]) // => [1, 2]
 * unique([{ s: "OH", n: 1 }, { s: "OH", n: 2 }], "s") // => [{ s: "OH", n: 1 }]
 */
export function unique<T>(items: readonly T[], key: Selector<T> = (item: T) => item): T[] {
  return groupEntries(items, key).flatMap((group) => group.items.slice(0, 1));
}

/** Missing values last; then numbers, dates, booleans and texts, each among themselves. */
function rank(value: unknown): number {
  if (value === null || value === undefined || Number.isNaN(value)) return 4;
  if (typeof value === "number" || typeof value === "bigint") return 0;
  if (value instanceof Date) return 1;
  if (typeof value === "boolean") return 2;
  if (typeof value === "string") return 3;
  throw new TypeError(`a value to sort by must be a number, a date, a boolean, a text or null, not ${describeValue(value)}`);
}

/**
 * -1, 0 or 1 as `a` comes before, with or after `b`: numbers by size, dates by time, texts by code units (the same
 * on every machine), null and undefined last.
 * @example
 * ["b", null, "a"].toSorted(compareValues) // => ["a", "b", null]
 */
export function compareValues(a: unknown, b: unknown): number {
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return Math.sign(left - right);
  if (left === 4) return 0;
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}

/**
 * Makes `sortBy` put the largest first. Missing values stay last.
 * @example
 * sortBy([{ n: 1 }, { n: null }, { n: 2 }], descending("n")) // => [{ n: 2 }, { n: 1 }, { n: null }]
 */
export function descending<T>(by: Selector<T>): Descending<T> {
  return { by, descending: true };
}

/**
 * The items sorted by one or more selectors; items that are equal in all of them keep their order.
 * @example
 * sortBy([{ s: "TX", n: 1 }, { s: "OH", n: 2 }, { s: "OH", n: 1 }], "s", descending("n")) // => [{ s: "OH", n: 2 }, { s: "OH", n: 1 }, { s: "TX", n: 1 }]
 */
export function sortBy<T>(items: readonly T[], ...orders: (Selector<T> | Descending<T>)[]): T[] {
  const keys = orders.map((order) => (typeof order === "object" ? { read: reader(order.by, "by"), turn: true } : { read: reader(order, "by"), turn: false }));
  const keyed = assertArray<T>(items, "items").map((item, index) => ({ item, values: keys.map((key) => key.read(item, index)) }));
  const compared = (a: unknown, b: unknown, turn: boolean): number => (turn && rank(a) !== 4 && rank(b) !== 4 ? compareValues(b, a) : compareValues(a, b));
  return keyed
    .toSorted((a, b) => keys.map((key, at) => compared(a.values[at], b.values[at], key.turn)).find((order) => order !== 0) ?? 0)
    .map((each) => each.item);
}

/**
 * A table of sums: one record for each value of `row`, in it one field for each value of `column`; where there are no
 * items, `fill` (0 where nothing is said). `combine` may replace the sum.
 * @example
 * pivot([{ s: "OH", m: "06", n: 1 }, { s: "OH", m: "07", n: 2 }, { s: "TX", m: "06", n: 3 }], { row: "s", column: "m", value: "n" }) // => [{ s: "OH", "06": 1, "07": 2 }, { s: "TX", "06": 3, "07": 0 }]
 */
export function pivot<T>(
  items: readonly T[],
  shape: { row: keyof T & string; column: Selector<T>; value: Selector<T, number>; combine?: (values: number[]) => number; fill?: number | null },
): Record<string, unknown>[] {
  const { row, column, value, combine = sum, fill = 0 } = shape;
  const values = numbersOf(assertArray<T>(items, "items"), value);
  const readColumn = reader(column, "column");
  const cells = items.map((item, index) => ({ row: item[row], column: String(readColumn(item, index)), value: values[index] ?? 0 }));
  const columns = unique(cells.map((cell) => cell.column));
  return groupEntries(cells, "row").map((group) => {
    const found = new Map(groupEntries(group.items, "column").map((each) => [each.key as string, each.items]));
    return Object.fromEntries([
      [row, group.key],
      ...columns.map((name): [string, unknown] => [name, found.has(name) ? combine((found.get(name) ?? []).map((cell) => cell.value)) : fill]),
    ]);
  });
}
