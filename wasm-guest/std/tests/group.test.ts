// Grouping, sorting and pivoting.
import * as std from "@tgp/std/group";
import { equal, fails, forMany, integer, run, type Outcome } from "./expect";

const orders = [
  { id: 1, state: "OH", month: "06", amount: 10 },
  { id: 2, state: "TX", month: "06", amount: 5 },
  { id: 3, state: "OH", month: "07", amount: 2.5 },
];

export default (): Outcome[] =>
  run({
    "keys that mean something to JavaScript are only keys": () => {
      const names = ["__proto__", "constructor", "toString", "__proto__"];
      equal(Object.entries(std.countBy(names, (name) => name)), [["__proto__", 2], ["constructor", 1], ["toString", 1]]);
      equal(std.groupBy([], "length")["constructor"], undefined);
      equal(Object.keys(std.keyBy([{ id: "__proto__" }], "id")), ["__proto__"]);
    },
    "groups keep their keys and their order": () => {
      const items = [3, 1, 3, 2].map((n) => ({ n }));
      equal(std.groupEntries(items, "n").map((group) => group.key), [3, 1, 2]);
      equal(std.groupEntries([null, undefined, null], (each) => each).map((group) => group.items.length), [2, 1]);
      equal(Object.keys(std.groupBy(items, "n")), ["1", "2", "3"]);
    },
    "sums and counts add up": () => {
      equal(std.sumBy(orders, "state", "amount"), { OH: 12.5, TX: 5 });
      equal(std.sumBy(orders, (order) => order.month, (order) => order.amount * 2), { "06": 30, "07": 5 });
      equal(std.sumBy(Array.from({ length: 10 }, () => ({ k: "a", v: 0.1 })), "k", "v"), { a: 1 });
      equal(std.countBy(orders, "state"), { OH: 2, TX: 1 });
    },
    "the numbered item is named when its value is no number": () => {
      fails(() => std.sumBy([{ k: "a", v: 1 }, { k: "b", v: NaN }], "k", "v"), "TypeError: the value of items[1] must be a finite number, not the number NaN");
      fails(() => std.sumBy([{ k: "a" } as { k: string; v: number }], "k", "v"), "TypeError: the value of items[0] must be a finite number, not undefined");
    },
    "one key for two items is an error": () => fails(() => std.keyBy(orders, "state"), 'RangeError: two items have the key "OH"'),
    "lists are cut without losing an item": () => {
      forMany(50, () => ({ items: Array.from({ length: integer(0, 30) }, (_, index) => index), size: integer(1, 7) }), ({ items, size }) => {
        const chunks = std.chunk(items, size);
        equal(chunks.flat(), items);
        equal(chunks.slice(0, -1).every((each) => each.length === size), true);
        equal(std.partition(items, (item) => item < size).flat(), items);
      });
      fails(() => std.chunk([1], 0), "RangeError: size must be at least 1, not 0");
    },
    "unique keeps the first": () => {
      equal(std.unique([NaN, NaN, 0, -0, "0"]), [NaN, 0, "0"]);
      equal(std.unique(orders, "state").map((order) => order.id), [1, 2]);
    },
    "sorting is stable and changes nothing given in": () => {
      const items = Array.from({ length: 200 }, (_, index) => ({ index, a: integer(0, 3), b: integer(0, 3) }));
      const before = [...items];
      const sorted = std.sortBy(items, "a", std.descending("b"));
      equal(items, before);
      const fine = sorted.every((item, at) => {
        const next = sorted[at + 1];
        return next === undefined || item.a < next.a || (item.a === next.a && (item.b > next.b || (item.b === next.b && item.index < next.index)));
      });
      equal(fine, true);
    },
    "values of several kinds have one order": () => {
      const date = new Date(0);
      equal(std.sortBy([null, "b", 2, undefined, true, "a", date, 1n, NaN], (value) => value), [1n, 2, date, true, "a", "b", null, undefined, NaN]);
      equal(std.sortBy(["b", null, "a"], std.descending((value) => value)), ["b", "a", null]);
      equal(std.sortBy([10, 9, 100], (n) => n), [9, 10, 100]);
      equal(std.sortBy(["é", "z", "Z"], (text) => text), ["Z", "z", "é"]);
      fails(() => std.sortBy([{ a: {} }, { a: {} }], "a"), "TypeError: a value to sort by must be a number, a date, a boolean, a text or null, not an object");
    },
    "a pivot has a field for each column in each row": () => {
      equal(std.pivot(orders, { row: "state", column: "month", value: "amount" }), [{ state: "OH", "06": 10, "07": 2.5 }, { state: "TX", "06": 5, "07": 0 }]);
      equal(std.pivot(orders, { row: "state", column: "month", value: "amount", fill: null, combine: (values) => values.length }), [
        { state: "OH", "06": 1, "07": 1 },
        { state: "TX", "06": 1, "07": null },
      ]);
      equal(std.pivot([] as typeof orders, { row: "state", column: "month", value: "amount" }), []);
    },
    "a wrong argument is named": () => {
      fails(() => std.groupBy("abc" as unknown as string[], "length"), 'TypeError: items must be a list, not the text "abc"');
      fails(() => std.groupBy([1], 5 as unknown as "toFixed"), "TypeError: key must be a function, not the number 5");
      fails(() => std.partition([1], null as unknown as () => boolean), "TypeError: condition must be a function, not null");
    },
  });
