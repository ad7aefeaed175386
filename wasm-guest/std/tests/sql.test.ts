// Results of SQL and pieces of it.
import * as std from "@tgp/std/sql";
import { equal, fails, run, type Outcome } from "./expect";

const result = { columns: ["id", "name"], rows: [[1, "Ada"], [2, null]] };

export default (): Outcome[] =>
  run({
    "rows become objects in the order of the columns": () => {
      equal(std.toObjects(result), [{ id: 1, name: "Ada" }, { id: 2, name: null }]);
      equal(Object.keys(std.firstRow(result) ?? {}), ["id", "name"]);
      equal(std.toObjects({ columns: [], rows: [] }), []);
      equal(Object.entries(std.toObjects({ columns: ["__proto__"], rows: [[1]] })[0] ?? {}), [["__proto__", 1]]);
    },
    "one row and one value are exactly one": () => {
      fails(() => std.oneRow(result), "RangeError: result must have exactly 1 row, not 2");
      fails(() => std.scalar({ columns: ["a"], rows: [] }), "RangeError: result must have exactly 1 row and 1 column, not 0 and 1");
      equal(std.scalar({ columns: ["a"], rows: [[null]] }), null);
      equal(std.columnValues(result, "id"), [1, 2]);
    },
    "what is no result is named": () => {
      fails(() => std.toObjects([] as unknown as std.SqlResult), "TypeError: result must be an object, not a list of 0");
      fails(() => std.toObjects({ rows: [] } as unknown as std.SqlResult), "TypeError: result.columns must be a list, not undefined");
    },
    "lists of values are parameters": () => {
      equal(std.inList([null, 1, "x'y"]), { sql: "(?, ?, ?)", params: [null, 1, "x'y"] });
      equal(std.placeholders(1), "?");
      fails(() => std.placeholders(0), "RangeError: count must be at least 1, not 0");
      fails(() => std.inList("abc" as unknown as string[]), 'TypeError: values must be a list, not the text "abc"');
      fails(() => std.valuesList([], ["a"]), "RangeError: records must have at least 1 items, not 0");
    },
    "text in patterns and names is only text": () => {
      equal(std.escapeLike("a\\b%c_d"), "a\\\\b\\%c\\_d");
      equal(std.quoteName('x" or 1=1 --'), '"x"" or 1=1 --"');
      fails(() => std.quoteName(""), "RangeError: name must have at least 1 characters, not 0");
      fails(() => std.quoteName("a\0b"), "RangeError: name must not hold a NUL character");
    },
  });
