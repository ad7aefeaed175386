// How alike two texts are: for typing mistakes, names written twice, and the closest of several candidates.
import { assertArray, assertFunction, assertNumber, assertString, check } from "@tgp/std/assert";

/** Longest text that the distances compare, in characters: their cost grows with the product of both lengths. */
export const LONGEST_COMPARED = 2000;
/** Says how alike two texts are, from 0 (not at all) to 1 (equal). */
export type Measure = (a: string, b: string) => number;
/** A candidate with its place in the list and how alike it is, from 0 to 1. */
export type Match = { text: string; index: number; score: number };

function characters(text: string, name: string): string[] {
  const list = [...assertString(text, name)];
  check(list.length <= LONGEST_COMPARED, `${name} must have at most ${LONGEST_COMPARED} characters, not ${list.length}`);
  return list;
}

/**
 * A text made comparable: accents taken off, lower case, everything but letters and digits a single space.
 * @example
 * normalizeText("  Café-Bar, ÖBB ") // => "cafe bar obb"
 */
export function normalizeText(text: string): string {
  return assertString(text, "text")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/**
 * How many characters have to be inserted, removed or replaced to make one text the other.
 * @example
 * levenshtein("kitten", "sitting") // => 3
 * levenshtein("Ohiio", "Ohio") // => 1
 */
export function levenshtein(a: string, b: string): number {
  const [left, right] = [characters(a, "a"), characters(b, "b")];
  const first = Array.from({ length: right.length + 1 }, (_, index) => index);
  const last = left.reduce((above, character, row) => {
    const current = [row + 1];
    right.forEach((other, column) => {
      const replaced = (above[column] ?? 0) + (character === other ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    });
    return current;
  }, first);
  return last[right.length] ?? 0;
}

/**
 * Levenshtein's distance, where two neighbouring characters swapped also count once (unrestricted: the swapped pair
 * may be edited again).
 * @example
 * damerauLevenshtein("Ohoi", "Ohio") // => 1
 * damerauLevenshtein("ca", "abc") // => 2
 */
export function damerauLevenshtein(a: string, b: string): number {
  const [left, right] = [characters(a, "a"), characters(b, "b")];
  const far = left.length + right.length;
  // Row 0 and column 0 are a border no path crosses; the usual table begins at 1.
  const table = [Array.from({ length: right.length + 2 }, () => far), Array.from({ length: right.length + 2 }, (_, index) => (index === 0 ? far : index - 1))];
  const at = (row: number, column: number): number => table[row]?.[column] ?? far;
  const lastRow = new Map<string, number>();
  left.forEach((character, i) => {
    const row = i + 1;
    const current = [far, row];
    table.push(current);
    right.reduce((lastColumn, other, j) => {
      const column = j + 1;
      const swapRow = lastRow.get(other) ?? 0;
      const swap = at(swapRow, lastColumn) + (row - swapRow - 1) + 1 + (column - lastColumn - 1);
      const same = character === other;
      current.push(Math.min(at(row, column) + (same ? 0 : 1), at(row + 1, column) + 1, at(row, column + 1) + 1, swap));
      return same ? column : lastColumn;
    }, 0);
    lastRow.set(character, row);
  });
  return at(left.length + 1, right.length + 1);
}

/**
 * Levenshtein's distance as a likeness: 1 for equal texts, 0 where nothing is in common.
 * @example
 * levenshteinSimilarity("Ohiio", "Ohio") // => 0.8
 */
export function levenshteinSimilarity(a: string, b: string): number {
  const longest = Math.max(characters(a, "a").length, characters(b, "b").length);
  return longest === 0 ? 1 : 1 - levenshtein(a, b) / longest;
}

function jaro(left: readonly string[], right: readonly string[]): number {
  if (left.length === 0 && right.length === 0) return 1;
  const reach = Math.max(0, Math.floor(Math.max(left.length, right.length) / 2) - 1);
  const taken = new Set<number>();
  const matched = left.filter((character, index) => {
    const end = Math.min(right.length, index + reach + 1);
    const found = right.slice(Math.max(0, index - reach), end).findIndex((other, at) => other === character && !taken.has(Math.max(0, index - reach) + at));
    if (found >= 0) taken.add(Math.max(0, index - reach) + found);
    return found >= 0;
  });
  if (matched.length === 0) return 0;
  const others = right.filter((_, index) => taken.has(index));
  const swaps = matched.filter((character, index) => character !== others[index]).length / 2;
  return (matched.length / left.length + matched.length / right.length + (matched.length - swaps) / matched.length) / 3;
}

/**
 * Jaro and Winkler's likeness, good for names: 0 to 1, with a bonus for up to four equal characters at the start.
 * @example
 * Math.round(jaroWinkler("MARTHA", "MARHTA") * 1000) // => 961
 * jaroWinkler("abc", "xyz") // => 0
 */
export function jaroWinkler(a: string, b: string): number {
  const [left, right] = [characters(a, "a"), characters(b, "b")];
  const likeness = jaro(left, right);
  const different = left.slice(0, 4).findIndex((character, index) => character !== right[index]);
  const prefix = different < 0 ? Math.min(4, left.length) : different;
  return likeness + prefix * 0.1 * (1 - likeness);
}

function trigrams(text: string): Map<string, number> {
  const padded = [..."  ", ...text, " "];
  return padded.slice(2).reduce((counts, _, index) => {
    const gram = padded.slice(index, index + 3).join("");
    return counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }, new Map<string, number>());
}

/**
 * Dice's likeness of the groups of three characters in both texts, 0 to 1; good for longer texts and swapped words.
 * @example
 * trigramDice("night", "night") // => 1
 * trigramDice("abc", "xyz") // => 0
 * trigramDice("shop", "shops") // => 8 / 11
 */
export function trigramDice(a: string, b: string): number {
  const [left, right] = [trigrams(assertString(a, "a")), trigrams(assertString(b, "b"))];
  const size = (grams: Map<string, number>): number => [...grams.values()].reduce((total, count) => total + count, 0);
  const common = [...left].reduce((total, [gram, count]) => total + Math.min(count, right.get(gram) ?? 0), 0);
  return (2 * common) / (size(left) + size(right));
}

/**
 * All candidates with their likeness, the best first; equal ones in their order. Texts are normalised before they are
 * compared.
 * @example
 * rankMatches("ohiio", ["Texas", "Ohio"]).map((match) => match.text) // => ["Ohio", "Texas"]
 */
export function rankMatches(text: string, candidates: readonly string[], measure: Measure = jaroWinkler): Match[] {
  const wanted = normalizeText(text);
  const like = assertFunction<Measure>(measure, "measure");
  return assertArray<string>(candidates, "candidates", {}, assertString)
    .map((candidate, index) => ({ text: candidate, index, score: like(wanted, normalizeText(candidate)) }))
    .toSorted((a, b) => b.score - a.score);
}

/**
 * The candidate most like the text, or null where none reaches the threshold.
 * @example
 * closestMatch("Ohiio", ["Iowa", "Ohio", "Idaho"])?.text // => "Ohio"
 * closestMatch("zzz", ["Iowa", "Ohio"]) // => null
 */
export function closestMatch(text: string, candidates: readonly string[], options: { threshold?: number; measure?: Measure } = {}): Match | null {
  const threshold = assertNumber(options.threshold ?? 0.8, "threshold", { min: 0, max: 1 });
  return rankMatches(text, candidates, options.measure).find((match) => match.score >= threshold) ?? null;
}
