// Argument assertions.
import * as std from "@tgp/std/assert";
import { equal, fails, run, type Outcome } from "./expect";

export default (): Outcome[] =>
  run({
    "every kind of value is described in a few words": () => {
      equal([undefined, true, 2n, {}, () => 1, Symbol("s")].map(std.describeValue), ["undefined", "true", "the bigint 2", "an object", "a function", "a symbol"]);
      equal(std.describeValue("x".repeat(1000)).length < 60, true);
    },
    "only null and undefined are missing": () => {
      [0, "", false, NaN].forEach((value) => equal(std.required(value, "value"), value));
      fails(() => std.required(null, "rate"), "TypeError: rate is required");
    },
    "a pattern with the flag g answers the same each time": () => {
      const pattern = /a/g;
      [1, 2, 3].forEach(() => equal(std.assertString("a", "x", { pattern }), "a"));
    },
    "bounds belong to what is allowed": () => {
      equal(std.assertNumber(1, "x", { min: 1, max: 1 }), 1);
      equal(std.assertString("ab", "x", { minLength: 2, maxLength: 2 }), "ab");
      fails(() => std.assertNumber(0.9, "x", { min: 1 }), "RangeError: x must be at least 1, not 0.9");
      fails(() => std.assertString("abc", "x", { maxLength: 2 }), "RangeError: x must have at most 2 characters, not 3");
      fails(() => std.assertArray([], "x", { minLength: 1 }), "RangeError: x must have at least 1 items, not 0");
    },
    "no number but a finite one is a number": () => {
      [NaN, Infinity, -Infinity].forEach((value) => fails(() => std.assertNumber(value, "x"), `TypeError: x must be a finite number, not the number ${value}`));
      fails(() => std.assertNumber("1", "x"), 'TypeError: x must be a finite number, not the text "1"');
      fails(() => std.assertInteger(2 ** 53, "x"), "TypeError: x must be a whole number, not the number 9007199254740992");
      fails(() => std.assertInteger(1n, "x"), "TypeError: x must be a whole number, not the bigint 1");
    },
    "items of lists are named by their place": () => {
      const names = (value: unknown, name: string): string[] => std.assertArray(value, name, {}, std.assertString);
      fails(() => std.assertArray([["a"], ["b", 1]], "rows", {}, names), "TypeError: rows[1][1] must be a text, not the number 1");
    },
    "a choice is compared exactly": () => {
      equal(std.assertOneOf(2, "x", [1, 2]), 2);
      fails(() => std.assertOneOf("2", "x", [1, 2]), 'RangeError: x must be one of 1, 2, not the text "2"');
      fails(() => std.assertOneOf("toString", "x", ["a"]), 'RangeError: x must be one of "a", not the text "toString"');
    },
    "objects, functions and booleans are told apart": () => {
      equal(std.assertObject(Object.create(null), "x"), {});
      fails(() => std.assertObject(null, "x"), "TypeError: x must be an object, not null");
      fails(() => std.assertObject(() => 1, "x"), "TypeError: x must be an object, not a function");
      fails(() => std.assertFunction({}, "x"), "TypeError: x must be a function, not an object");
      fails(() => std.assertBoolean(0, "x"), "TypeError: x must be true or false, not the number 0");
    },
  });
