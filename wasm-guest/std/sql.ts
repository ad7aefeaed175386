// What `tgp.exec_sql` gives, turned into objects, rows and single values; and safe pieces of SQL to hand to it.
import { assertArray, assertInteger, assertObject, assertString, check } from "@tgp/std/assert";

/** The answer of `tgp.exec_sql`: names of the columns, and the rows as lists of values in their order. */
export type SqlResult = { columns: readonly string[]; rows: readonly (readonly unknown[])[] };
/** One row by the names of its columns. */
export type SqlRecord = Record<string, unknown>;
/** A piece of SQL with a question mark for each of its parameters. */
export type SqlFragment = { sql: string; params: unknown[] };

function checkedResult(result: SqlResult): SqlResult {
  const fields = assertObject(result, "result");
  const columns = assertArray<string>(fields["columns"], "result.columns");
  assertArray(fields["rows"], "result.rows");
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  check(twice === undefined, `result.columns names ${JSON.stringify(twice)} twice: give one of them another name with AS`);
  return result;
}

function record(columns: readonly string[], row: readonly unknown[]): SqlRecord {
  return Object.fromEntries(columns.map((name, index) => [name, row[index]]));
}

/**
 * The rows as objects by the names of the columns.
 * @example
 * toObjects({ columns: ["id", "name"], rows: [[1, "Ada"]] }) // => [{ id: 1, name: "Ada" }]
 * toObjects({ columns: ["id", "id"], rows: [] }) // throws RangeError: result.columns names "id" twice: give one of them another name with AS
 */
export function toObjects(result: SqlResult): SqlRecord[] {
  const { columns, rows } = checkedResult(result);
  return rows.map((row) => record(columns, row));
}

/**
 * The first row as an object, or null where there is none.
 * @example
 * firstRow({ columns: ["id"], rows: [[1], [2]] }) // => { id: 1 }
 * firstRow({ columns: ["id"], rows: [] }) // => null
 */
export function firstRow(result: SqlResult): SqlRecord | null {
  const { columns, rows } = checkedResult(result);
  const [row] = rows;
  return row === undefined ? null : record(columns, row);
}

/**
 * The only row as an object; a RangeError where there are none or several.
 * @example
 * oneRow({ columns: ["id"], rows: [[1]] }) // => { id: 1 }
 * oneRow({ columns: ["id"], rows: [] }) // throws RangeError: result must have exactly 1 row, not 0
 */
export function oneRow(result: SqlResult): SqlRecord {
  const { columns, rows } = checkedResult(result);
  const [row] = rows;
  if (row === undefined || rows.length !== 1) throw new RangeError(`result must have exactly 1 row, not ${rows.length}`);
  return record(columns, row);
}

/**
 * The only value of the only row, as of `SELECT count(*) ...`.
 * @example
 * scalar({ columns: ["count(*)"], rows: [[42]] }) // => 42
 * scalar({ columns: ["a", "b"], rows: [[1, 2]] }) // throws RangeError: result must have exactly 1 row and 1 column, not 1 and 2
 */
export function scalar(result: SqlResult): unknown {
  const { columns, rows } = checkedResult(result);
  check(rows.length === 1 && columns.length === 1, `result must have exactly 1 row and 1 column, not ${rows.length} and ${columns.length}`);
  return rows[0]?.[0];
}

/**
 * The values of one column, row by row.
 * @example
 * columnValues({ columns: ["id", "name"], rows: [[1, "Ada"], [2, "Bo"]] }, "name") // => ["Ada", "Bo"]
 * columnValues({ columns: ["id"], rows: [] }, "name") // throws RangeError: result has no column "name"; it has "id"
 */
export function columnValues(result: SqlResult, name: string): unknown[] {
  const { columns, rows } = checkedResult(result);
  const at = columns.indexOf(assertString(name, "name"));
  check(at >= 0, `result has no column ${JSON.stringify(name)}; it has ${columns.map((each) => JSON.stringify(each)).join(", ")}`);
  return rows.map((row) => row[at]);
}

/**
 * Question marks for that many parameters.
 * @example
 * placeholders(3) // => "?, ?, ?"
 */
export function placeholders(count: number): string {
  return Array.from({ length: assertInteger(count, "count", { min: 1, max: 32766 }) }, () => "?").join(", ");
}

/**
 * The right side of `IN` and `NOT IN` for a list of values; an empty list matches nothing, as it should.
 * @example
 * inList(["a", "b"]) // => { sql: "(?, ?)", params: ["a", "b"] }
 * inList([]) // => { sql: "(SELECT NULL WHERE 1 = 0)", params: [] }
 */
export function inList(values: readonly unknown[]): SqlFragment {
  const params = [...assertArray(values, "values")];
  return { sql: params.length === 0 ? "(SELECT NULL WHERE 1 = 0)" : `(${placeholders(params.length)})`, params };
}

/**
 * The placeholders of an `INSERT` of several records: `VALUES (?, ?), (?, ?)`, and their values in order.
 * @example
 * valuesList([{ id: 1, name: "Ada" }, { id: 2 }], ["id", "name"]) // => { sql: "(?, ?), (?, ?)", params: [1, "Ada", 2, null] }
 */
export function valuesList(records: readonly object[], columns: readonly string[]): SqlFragment {
  assertArray(records, "records", { minLength: 1 });
  const tuple = `(${placeholders(columns.length)})`;
  return {
    sql: records.map(() => tuple).join(", "),
    params: records.flatMap((each) => columns.map((name) => (each as SqlRecord)[name] ?? null)),
  };
}

/**
 * A text for `LIKE ... ESCAPE '\'` in which `%` and `_` mean themselves.
 * @example
 * escapeLike("100%_sure") // => "100\\%\\_sure"
 */
export function escapeLike(text: string): string {
  return assertString(text, "text").replace(/[\\%_]/g, "\\$&");
}

/**
 * A pattern for `LIKE ? ESCAPE '\'` that finds the text anywhere.
 * @example
 * likeContains("50%") // => "%50\\%%"
 */
export function likeContains(text: string): string {
  return `%${escapeLike(text)}%`;
}

/**
 * The name of a table or column in double quotes, for the one place no parameter can stand.
 * @example
 * quoteName("order") // => "\"order\""
 * quoteName("a\"b") // => "\"a\"\"b\""
 */
export function quoteName(name: string): string {
  assertString(name, "name", { minLength: 1 });
  check(!name.includes("\0"), "name must not hold a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
}
