// Tables as plain text, Markdown or with lines, aligned by the width the characters take on a screen.
import { assertArray, assertInteger, assertOneOf, assertString, describeValue } from "@tgp/std/assert";
import { columnsOf } from "@tgp/std/csv";

/** Where a cell's text stands. */
export type Align = "left" | "right" | "center";
/** One column: the field it shows, its title, where its text stands, and how wide it may get. */
export type Column = { key: string; title?: string; align?: Align; maxWidth?: number };
/** How a table looks. */
export type TableStyle = "plain" | "markdown" | "box";

// East Asian wide and full-width characters and emoji, as of Unicode 16; joined in one class for speed.
const WIDE = /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18CFF}\u{1B000}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
// Marks, joiners, variation selectors, skin tones after an emoji and control characters take no room.
const ZERO = /[\p{M}\p{Cc}\p{Cf}\u{1F3FB}-\u{1F3FF}]/u;

function characterWidth(character: string): number {
  if (character >= " " && character <= "~") return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** What a reader sees as one character, so that nothing is cut in its middle: a base and what belongs to it. */
function clusters(text: string): string[] {
  return text.match(/(?:\p{Regional_Indicator}{2}|\P{M}(?:[\p{M}\u{1F3FB}-\u{1F3FF}]|\u200D\P{M})*|\p{M}+)/gsu) ?? [];
}

function clusterWidth(cluster: string): number {
  const width = Math.max(0, ...[...cluster].map(characterWidth));
  // A text character followed by the emoji selector is shown as an emoji.
  return cluster.includes("\uFE0F") ? 2 : width;
}

/**
 * How many columns of a terminal the text takes: 2 for East Asian wide characters and emoji, 0 for accents that stand
 * on the letter before.
 * @example
 * displayWidth("abc") // => 3
 * displayWidth("日本") // => 4
 * displayWidth("e\u0301") // => 1
 */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(assertString(text, "text"))) return text.length;
  return clusters(text).reduce((total, cluster) => total + clusterWidth(cluster), 0);
}

/**
 * The text cut to a width, with an ellipsis where something is missing.
 * @example
 * truncateWidth("abcdef", 4) // => "abc…"
 * truncateWidth("abc", 4) // => "abc"
 */
export function truncateWidth(text: string, width: number): string {
  assertInteger(width, "width", { min: 1 });
  if (displayWidth(text) <= width) return text;
  const { kept } = clusters(text).reduce(
    (so, cluster) => {
      const used = so.used + clusterWidth(cluster);
      return { used, kept: used < width ? so.kept + cluster : so.kept };
    },
    { used: 0, kept: "" },
  );
  return `${kept}…`;
}

/**
 * The text with spaces around it to fill a width; a text that is too wide stays as it is.
 * @example
 * alignText("ab", 4, "right") // => "  ab"
 * alignText("ab", 5, "center") // => " ab  "
 */
export function alignText(text: string, width: number, align: Align = "left"): string {
  const free = Math.max(0, assertInteger(width, "width", { min: 0 }) - displayWidth(text));
  const before = { left: 0, right: free, center: Math.floor(free / 2) }[assertOneOf(align, "align", ["left", "right", "center"])];
  return " ".repeat(before) + text + " ".repeat(free - before);
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = value instanceof Date ? value.toISOString() : typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\s\p{Cc}]+/gu, " ");
}

type Laid = { title: string; align: Align; width: number; cells: string[] };

function layColumn(records: readonly object[], column: string | Column, style: TableStyle): Laid {
  const { key, title, align, maxWidth }: Column = typeof column === "string" ? { key: column } : column;
  if (typeof key !== "string") throw new TypeError(`columns must be names or objects with a key, not ${describeValue(column)}`);
  const values = records.map((record) => (record as Record<string, unknown>)[key]);
  const given = values.filter((value) => value !== null && value !== undefined);
  const numbers = given.length > 0 && given.every((value) => typeof value === "number" || typeof value === "bigint");
  const clean = (text: string): string => {
    const cut = maxWidth === undefined ? text : truncateWidth(text, maxWidth);
    return style === "markdown" ? cut.replace(/[\\|]/g, "\\$&") : cut;
  };
  const cells = values.map((value) => clean(cellText(value)));
  const head = clean(cellText(title ?? key));
  const width = [head, ...cells].reduce((most, cell) => Math.max(most, displayWidth(cell)), style === "markdown" ? 3 : 0);
  return { title: head, align: align ?? (numbers ? "right" : "left"), width, cells };
}

function markdownRule({ align, width }: Laid): string {
  return `${align === "center" ? ":" : "-"}${"-".repeat(width - 2)}${align === "left" ? "-" : ":"}`;
}

function drawn(columns: readonly Laid[], style: TableStyle, count: number): string[] {
  const line = (cells: string[], edge: string, between: string): string => `${edge}${cells.join(between)}${edge}`.trimEnd();
  const row = (pick: (column: Laid) => string): string => {
    const cells = columns.map((column) => alignText(pick(column), column.width, column.align));
    if (style === "plain") return line(cells, "", "  ");
    const bar = style === "box" ? "│" : "|";
    return line(cells.map((cell) => ` ${cell} `), bar, bar);
  };
  const rule = (left: string, middle: string, right: string): string => left + columns.map(({ width }) => "─".repeat(width + 2)).join(middle) + right;
  const rows = Array.from({ length: count }, (_, index) => row((column) => column.cells[index] ?? ""));
  const head = row((column) => column.title);
  if (style === "box") return [rule("┌", "┬", "┐"), head, rule("├", "┼", "┤"), ...rows, rule("└", "┴", "┘")];
  if (style === "markdown") return [head, line(columns.map((column) => ` ${markdownRule(column)} `), "|", "|"), ...rows];
  return [head, line(columns.map(({ width }) => "-".repeat(width)), "", "  "), ...rows];
}

/**
 * Writes objects as a table. Columns of numbers stand to the right; line breaks inside a cell become spaces.
 * @example
 * formatTable([{ state: "Ohio", n: 5 }, { state: "Texas", n: 12 }]) // => "state   n\n-----  --\nOhio    5\nTexas  12"
 * formatTable([{ a: 1 }], { style: "markdown", columns: [{ key: "a", title: "Amount" }] }) // => "| Amount |\n| -----: |\n|      1 |"
 */
export function formatTable(records: readonly object[], options: { columns?: readonly (string | Column)[]; style?: TableStyle } = {}): string {
  const style = assertOneOf(options.style ?? "plain", "style", ["plain", "markdown", "box"]);
  const columns = assertArray<string | Column>(options.columns ?? columnsOf(records), "columns");
  if (columns.length === 0) return "";
  return drawn(columns.map((column) => layColumn(assertArray<object>(records, "records"), column, style)), style, records.length).join("\n");
}
