// Delimited text: CSV as RFC 4180 has it, and the same with `|`, tabs or any other single character.
import { assertArray, assertObject, assertString, describeValue } from "@tgp/std/assert";

/** What one cell can be written from. */
export type Cell = string | number | bigint | boolean | null | undefined;
/** How delimited text is read. */
export type ReadOptions = {
  /** One character between cells; `,` where nothing is said. */
  delimiter?: string;
};
/** How delimited text is written. */
export type WriteOptions = ReadOptions & {
  /** What ends each line; `\n` where nothing is said, `\r\n` for programs that insist on RFC 4180. */
  lineEnd?: "\n" | "\r\n";
  /** Put every cell in quotes, needed or not. */
  quoteAll?: boolean;
  /** Put `'` before a text that a spreadsheet would run as a formula (`=`, `+`, `-`, `@` first, and no number). */
  guardFormulas?: boolean;
};

/** A mistake in delimited text, with the line (from 1) it is on. */
export class CsvError extends Error {
  /** The line, from 1. */
  readonly line: number;
  constructor(message: string, line: number) {
    super(`line ${line}: ${message}`);
    this.name = "CsvError";
    this.line = line;
  }
}

function checkedDelimiter(options: ReadOptions): string {
  const delimiter = options.delimiter ?? ",";
  assertString(delimiter, "delimiter", { minLength: 1, maxLength: 1 });
  if (delimiter === '"' || delimiter === "\n" || delimiter === "\r") {
    throw new RangeError(`delimiter must not be a quote or the end of a line, not ${describeValue(delimiter)}`);
  }
  return delimiter;
}

type Scan = { cell: string; next: number; lines: number };

/** Reads the quoted cell whose quote is at `start`; `next` is where its closing quote has been passed. */
function scanQuoted(text: string, start: number, line: number): Scan {
  const pieces: string[] = [];
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new CsvError("a quoted cell is not closed", line);
    pieces.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') {
      const cell = pieces.join('"');
      return { cell, next: quote + 1, lines: cell.split("\n").length - 1 };
    }
    from = quote + 2;
  }
}

/** Where the cell without quotes ends that begins at `start` and has its delimiter or line end at `stop`. */
function scanPlain(text: string, start: number, stop: number, line: number): Scan {
  const next = text[stop] === "\n" && stop > start && text[stop - 1] === "\r" ? stop - 1 : stop;
  const cell = text.slice(start, next);
  if (cell.includes('"')) throw new CsvError("a quote stands inside a cell that does not begin with one", line);
  return { cell, next, lines: 0 };
}

/** Gives the next place of a character at or after a growing position; each part of the text is searched once. */
function finder(text: string, character: string): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) found = text.indexOf(character, from);
    if (found < 0) found = text.length;
    return found;
  };
}

type NumberedRow = { line: number; cells: string[] };

function scanRows(text: string, delimiter: string): NumberedRow[] {
  const nextDelimiter = finder(text, delimiter);
  const nextLineEnd = finder(text, "\n");
  const rows: NumberedRow[] = [];
  let at = 0;
  let line = 1;
  let row: NumberedRow = { line, cells: [] };
  while (at <= text.length) {
    const quoted = text[at] === '"';
    const scan = quoted ? scanQuoted(text, at, line) : scanPlain(text, at, Math.min(nextDelimiter(at), nextLineEnd(at)), line);
    line += scan.lines;
    row.cells.push(scan.cell);
    at = scan.next;
    if (text[at] === delimiter) {
      at += 1;
      continue;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    if (at < text.length && text[at] !== "\n") throw new CsvError("text follows the closing quote of a cell", line);
    rows.push(row);
    at += 1;
    line += 1;
    row = { line, cells: [] };
    if (at === text.length) break;
  }
  return rows;
}

function numberedRows(input: string, options: ReadOptions): NumberedRow[] {
  const delimiter = checkedDelimiter(options);
  const text = assertString(input, "text").replace(/^\uFEFF/, "");
  if (text === "") return [];
  if (text.includes('"')) return scanRows(text, delimiter);
  const lines = text.split(/\r?\n/);
  const whole = lines[lines.length - 1] === "" ? lines.slice(0, -1) : lines;
  return whole.map((each, index) => ({ line: index + 1, cells: each.split(delimiter) }));
}

/** Makes objects of rows; fields are set one by one, which is quicker, where no name means something to JavaScript. */
function recordMaker(columns: readonly string[]): (cells: readonly string[]) => Record<string, string> {
  if (columns.includes("__proto__")) return (cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ""]));
  return (cells) => {
    const record: Record<string, string> = {};
    columns.forEach((name, index) => {
      record[name] = cells[index] ?? "";
    });
    return record;
  };
}

const isBlank = (row: NumberedRow): boolean => row.cells.length === 1 && row.cells[0] === "";

/**
 * Reads delimited text into rows of cells. A byte order mark is dropped; lines end with `\n` or `\r\n`.
 * Throws a `CsvError` with the line where quotes do not match.
 * @example
 * parseCsvRows("a,b\n1,\"x, y\"\n") // => [["a", "b"], ["1", "x, y"]]
 * parseCsvRows("a;b", { delimiter: ";" }) // => [["a", "b"]]
 * parseCsvRows("a\n\"b") // throws CsvError: line 2: a quoted cell is not closed
 */
export function parseCsvRows(text: string, options: ReadOptions = {}): string[][] {
  return numberedRows(text, options).map((row) => row.cells);
}

/**
 * Reads delimited text whose first line names the columns into one object a line. Blank lines are left out.
 * Throws a `CsvError` where a line has more or fewer cells than the header, or a column is named twice.
 * @example
 * parseCsv("name,state\nAda,Ohio\n") // => [{ name: "Ada", state: "Ohio" }]
 * parseCsv("name,state\nAda\n") // throws CsvError: line 2: 1 cells where the header names 2 columns
 */
export function parseCsv(text: string, options: ReadOptions = {}): Record<string, string>[] {
  const [header, ...rows] = numberedRows(text, options).filter((row) => !isBlank(row) || row.line === 1);
  if (header === undefined) return [];
  const columns = header.cells;
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw new CsvError(`the header names the column ${JSON.stringify(twice)} twice`, header.line);
  const record = recordMaker(columns);
  return rows.map((row) => {
    if (row.cells.length !== columns.length) {
      throw new CsvError(`${row.cells.length} cells where the header names ${columns.length} columns`, row.line);
    }
    return record(row.cells);
  });
}

function cellText(value: unknown, place: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  throw new TypeError(`${place} must be a text, a number, a boolean or null, not ${describeValue(value)}`);
}

function writtenCell(value: unknown, place: string, delimiter: string, options: WriteOptions): string {
  const plain = cellText(value, place);
  const formula = options.guardFormulas === true && typeof value === "string" && /^[=+\-@\t\r]/.test(plain) && !/^[+-]?[\d.]+$/.test(plain);
  const text = formula ? `'${plain}` : plain;
  const quote = options.quoteAll === true || text.includes(delimiter) || /["\r\n]/.test(text) || text !== text.trim();
  return quote ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes rows of cells as delimited text; each line ends with `lineEnd`. Cells are quoted where they have to be.
 * @example
 * formatCsvRows([["a", "b"], [1, "x, \"y\""]]) // => "a,b\n1,\"x, \"\"y\"\"\"\n"
 * formatCsvRows([["=1+1"]], { guardFormulas: true }) // => "'=1+1\n"
 */
export function formatCsvRows(rows: readonly (readonly Cell[])[], options: WriteOptions = {}): string {
  const delimiter = checkedDelimiter(options);
  const lineEnd = options.lineEnd ?? "\n";
  return assertArray(rows, "rows")
    .map((row, index) => {
      const cells = assertArray(row, `rows[${index}]`).map((cell, at) => writtenCell(cell, `rows[${index}][${at}]`, delimiter, options));
      // A row of one empty cell would read back as a blank line.
      return (cells.length === 1 && cells[0] === "" ? '""' : cells.join(delimiter)) + lineEnd;
    })
    .join("");
}

/**
 * The names of the fields of all records, each once, in the order they are first met.
 * @example
 * columnsOf([{ a: 1 }, { a: 2, b: 3 }]) // => ["a", "b"]
 */
export function columnsOf(records: readonly object[]): string[] {
  return [...new Set(assertArray<object>(records, "records").flatMap((record, index) => Object.keys(assertObject(record, `records[${index}]`))))];
}

/**
 * Writes objects as delimited text with a header line. `columns` chooses and orders the fields; a field that is
 * missing, null or undefined is an empty cell.
 * @example
 * formatCsv([{ name: "Ada", age: 36 }]) // => "name,age\nAda,36\n"
 * formatCsv([{ name: "Ada", age: 36 }], { columns: ["age"] }) // => "age\n36\n"
 */
export function formatCsv(records: readonly object[], options: WriteOptions & { columns?: readonly string[] } = {}): string {
  const columns = options.columns ?? columnsOf(records);
  const rows = records.map((record) => columns.map((name) => (record as Record<string, Cell>)[name]));
  return formatCsvRows([columns, ...rows], options);
}

/**
 * Reads pipe-delimited text with a header line into objects: `parseCsv` with `|`.
 * @example
 * parsePipes("name|state\nAda|Ohio") // => [{ name: "Ada", state: "Ohio" }]
 */
export function parsePipes(text: string): Record<string, string>[] {
  return parseCsv(text, { delimiter: "|" });
}

/**
 * Writes objects as pipe-delimited text with a header line: `formatCsv` with `|`.
 * @example
 * formatPipes([{ name: "Ada", state: "Ohio" }]) // => "name|state\nAda|Ohio\n"
 */
export function formatPipes(records: readonly object[], options: Omit<WriteOptions, "delimiter"> & { columns?: readonly string[] } = {}): string {
  return formatCsv(records, { ...options, delimiter: "|" });
}
